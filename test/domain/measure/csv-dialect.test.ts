import { expect, test } from 'vitest'
import { sniffCsv } from '#domain/measure/csv-dialect.ts'

test.each([
  ['commas', 'a,b,c\n1,2,3\n', ','],
  ['semicolons with decimal commas', 'a;b;c\n1,5;2,5;3\n2,5;3;4,1\n', ';'],
  ['tabs', 'a\tb\n1\t2, or so\n', '\t'],
  ['bars', 'a|b\n1|2\n', '|'],
  ['commas inside quotes do not count', '"a";"b"\n"x, y, z";2\n"p, q, r";3\n', ';'],
  ['a cut-off last line does not count', 'a;b;c\n1;2;3\n4,', ';'],
])('delimiter: %s', (_, text, delimiter) => {
  expect(sniffCsv(text).delimiter).toBe(delimiter)
})

test.each([
  ['a,b\n1,2\n', '\n'],
  ['a,b\r\n1,2\r\n', '\r\n'],
  ['a,b\r1,2\r', '\r'],
  ['"a\nb",c\r1,2\r', '\r'],
])('line ends of %j', (text, lineEnd) => {
  expect(sniffCsv(text).lineEnd).toBe(lineEnd)
})

test('a byte order mark is noticed', () => {
  expect(sniffCsv('\uFEFFa,b\n')).toMatchObject({ hasBom: true, delimiter: ',' })
})

test('single quotes are quotes only when they enclose cells', () => {
  expect(sniffCsv("'a','b'\n'1','2'\n").quote).toBe("'")
  expect(sniffCsv("name,text\nO'Neill,it's\n").quote).toBe('"')
})
