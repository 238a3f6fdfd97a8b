#!/usr/bin/env python3
"""Makes the hostile files of this folder again, byte by byte: small rosters of three made-up people, one trait each.

    python3 samples/hostile/make_hostile.py
"""

import gzip
import io
import os
import zipfile

d = os.path.dirname(os.path.abspath(__file__))
H="First Name,Last Name,Date of Birth,Sex,Address,City,State,ZIP\n"
R=["Ann,Larsen,03/14/1980,F,12 Lake St,Duluth,MN,55802\n","Omar,Falk,11/25/1971,M,\"7 Oak Ave, Apt 3\",Erie,PA,16510\n","Grace,Ito,07/19/1992,F,400 Summit Blvd,Provo,UT,84601\n"]
T=H+"".join(R)
def w(n,b): open(f'{d}/{n}','wb').write(b if isinstance(b,bytes) else b.encode())
w('carriage-returns.csv',T.replace('\n','\r'))
w('mixed-line-endings.csv',H.replace('\n','\r\n')+R[0]+R[1].replace('\n','\r\n')+R[2])
w('no-final-line-ending.csv',T.rstrip('\n'))
for n,c in [('semicolons',';'),('pipes','|'),('tildes','~'),('carets','^'),('tabs','\t')]:
    w(f'{n}.txt',T.replace('"7 Oak Ave, Apt 3"','7 Oak Ave Apt 3').replace(',',c))
w('named-delimiter.csv','sep=;\r\n'+T.replace('"7 Oak Ave, Apt 3"','7 Oak Ave Apt 3').replace(',',';'))
w('apostrophes-as-quotes.csv',"\n".join(",".join("'"+c+"'" for c in l.replace('"7 Oak Ave, Apt 3"','7 Oak Ave@ Apt 3').split(',')) for l in T.strip().split('\n')).replace('@',',')+'\n')
w('backslash-escapes.csv',T.replace('"7 Oak Ave, Apt 3"','"7 Oak Ave, \\"The Mill\\" rear"'))
w('padded-quotes.csv',T.replace(',"',', "').replace('",','" ,'))
w('utf-16.csv',('\ufeff'+T.replace('Grace','Renée')).encode('utf-16-le'))
w('utf-16-big-endian-unmarked.csv',T.replace('Grace','Renée').encode('utf-16-be'))
w('windows-1252.csv',T.replace('Grace','Renée').replace('Omar','José').encode('cp1252'))
w('macintosh.csv',T.replace('Grace','Renée').replace('Omar','José').encode('mac_roman'))
w('one-row-of-another-encoding.csv',(H+R[0].replace('Ann','Zoë')+R[1].replace('Omar','José')).encode()+R[2].replace('Grace','Renée').encode('cp1252'))
w('byte-order-mark.csv',b'\xef\xbb\xbf'+T.encode())
big=H+"".join(R)*60
w('nul-in-a-row.csv',big.replace('Grace,Ito','Gr\0ce,Ito',1))
w('stray-quote-swallows-rows.csv',H+R[0]+R[1].replace('Omar,','Omar,"').replace('"7 Oak Ave, Apt 3"','7 Oak Ave')+R[2])
w('cell-after-its-quotes.csv',H+R[0]+R[1].replace('Apt 3"','Apt 3" rear')+R[2])
w('two-unclosed-quotes.csv',H+R[0].replace('Ann,','Ann,"')+R[2]+R[2].replace('Grace,','Grace,"')+R[2])
w('comma-not-quoted.csv',T.replace('"',''))
w('one-separator-missing.csv',H+R[0]+R[2].replace('Grace,','Grace')+R[1])
w('separators-at-the-end.csv',"".join(l+',,\n' for l in T.strip().split('\n')))
w('preamble.csv',"Clinic A,,,,,,,\nExported 2026-03-01,,,,,,,\n\n"+T)
w('table-below.csv',T+"\n\nState,Patients\nMN,1\nPA,1\n")
w('header-repeated.csv',H+R[0]+H+R[1]+R[2])
w('quote-first-on-a-late-line.csv',H+"".join(R[0])*700+R[1])
w('no-header.csv',"".join(R))
w('web-page.xls',"<html><body><table><tr><td>First Name</td></tr></table></body></html>\n")
w('pdf.csv',b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
w('empty.csv',b"")
w('blank.csv',"\n\n , \n")
w('web-address.csv',"https://clinic.example/rosters/spring.csv\n")
w('torn.csv.gz',gzip.compress(T.encode()*20,mtime=0)[:60])
w('packed.csv.gz',gzip.compress(T.encode(),mtime=0))
z=io.BytesIO(); f=zipfile.ZipFile(z,'w',zipfile.ZIP_DEFLATED); f.writestr(zipfile.ZipInfo('roster.csv',(2026,3,1,0,0,0)),T); f.close(); w('packed.zip',z.getvalue())
z=io.BytesIO(); f=zipfile.ZipFile(z,'w'); f.writestr(zipfile.ZipInfo('a.csv',(2026,3,1,0,0,0)),T); f.writestr(zipfile.ZipInfo('b.csv',(2026,3,1,0,0,0)),T); f.close(); w('two-in-one.zip',z.getvalue())
