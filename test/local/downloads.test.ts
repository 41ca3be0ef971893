import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileOfTar } from '#local/temporal-program.ts'
import { unzipOne } from '#local/zip.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tl-downloads-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const program = Buffer.from('#!/bin/sh\necho hello\n'.repeat(500))

test.each([
  { packing: 'deflated', method: 8 },
  { packing: 'stored', method: 0 },
])('a $packing entry of a zip comes out as it went in', async ({ method }) => {
  const archive = join(folder, 'a.whl')
  writeFileSync(
    archive,
    zipOf(
      [
        { name: 'a/README', content: Buffer.from('words') },
        { name: 'a/bin/tool', content: program },
      ],
      method,
    ),
  )

  const sha256 = await unzipOne({
    archive,
    wanted: (name) => name.endsWith('/tool'),
    target: join(folder, 'tool'),
  })

  expect(readFileSync(join(folder, 'tool')).equals(program)).toBe(true)
  expect(sha256).toBe(createHash('sha256').update(program).digest('hex'))
})

test('an archive without the wanted file says so', async () => {
  const archive = join(folder, 'a.whl')
  writeFileSync(archive, zipOf([{ name: 'a/README', content: Buffer.from('words') }], 8))

  await expect(
    unzipOne({ archive, wanted: (name) => name === 'tool', target: join(folder, 'tool') }),
  ).rejects.toThrow(/does not hold the expected file/)
})

test('what is no zip at all is refused', async () => {
  const archive = join(folder, 'a.whl')
  writeFileSync(archive, '<html>not found</html>')

  await expect(unzipOne({ archive, wanted: () => true, target: join(folder, 'tool') })).rejects.toThrow(
    /not a zip/,
  )
})

test('a file is found in a tar archive behind others', () => {
  const tar = Buffer.concat([tarEntry('LICENSE', Buffer.from('free')), tarEntry('./temporal', program)])

  expect(fileOfTar(tar, 'temporal').equals(program)).toBe(true)
  expect(() => fileOfTar(tar, 'other')).toThrow(/does not hold other/)
})

function zipOf(files: { name: string; content: Buffer }[], method: number): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content } of files) {
    const packed = method === 8 ? deflateRawSync(content) : content
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(content.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    bodies.push(header, Buffer.from(name), packed)
    directory.push(entry, Buffer.from(name))
    offset += header.length + name.length + packed.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, listing, end])
}

function tarEntry(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}
