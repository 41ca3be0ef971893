import { describe, expect, it } from 'vitest'
import { valueAtPointer } from '#domain/json-pointer.ts'

// The document and the pointers of RFC 6901, section 5.
const document: unknown = JSON.parse(
  String.raw`{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`,
)

describe('a JSON pointer', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('"%s" finds what it names', (pointer, value) => {
    expect(valueAtPointer(document, pointer)).toEqual(value)
  })

  it.each([
    'foo',
    '/none',
    '/foo/2',
    '/foo/-',
    '/foo/00',
    '/foo/length',
    '/foo/0/0',
    '/toString',
    '/__proto__',
  ])('"%s" names nothing', (pointer) => {
    expect(valueAtPointer(document, pointer)).toBeUndefined()
  })
})
