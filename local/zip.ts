import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/** Unpacks the one entry whose name `wanted` accepts into `target`, and returns the SHA-256 of what it wrote. */
export async function unzipOne({
  archive,
  wanted,
  target,
}: {
  archive: string
  wanted: (name: string) => boolean
  target: string
}): Promise<string> {
  const entry = await findEntry(archive, wanted)
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const packed = createReadStream(archive, { start: entry.start, end: entry.start + entry.packedBytes - 1 })
  const written = createWriteStream(target, { mode: 0o600 })
  if (entry.method === stored) await pipeline(packed, hashing, written)
  else await pipeline(packed, createInflateRaw(), hashing, written)
  return hash.digest('hex')
}

type Entry = { method: number; packedBytes: number; start: number }

const stored = 0
const deflated = 8
const endRecordBytes = 22
const largestComment = 65_535

async function findEntry(archive: string, wanted: (name: string) => boolean): Promise<Entry> {
  const file = await open(archive)
  try {
    const directory = await readDirectory(file)
    for (let at = 0; at + 46 <= directory.length;) {
      const nameBytes = directory.readUInt16LE(at + 28)
      const extraBytes = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
      const name = directory.toString('utf8', at + 46, at + 46 + nameBytes)
      const method = directory.readUInt16LE(at + 10)
      if (wanted(name)) {
        if (method !== stored && method !== deflated)
          throw new Error(`${archive}: ${name} is packed in an unknown way`)
        const header = await readAt(file, directory.readUInt32LE(at + 42), 30)
        const start = directory.readUInt32LE(at + 42) + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
        return { method, packedBytes: directory.readUInt32LE(at + 20), start }
      }
      at += 46 + nameBytes + extraBytes
    }
    throw new Error(`${archive} does not hold the expected file`)
  } finally {
    await file.close()
  }
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  const tail = await readAt(
    file,
    Math.max(0, size - endRecordBytes - largestComment),
    endRecordBytes + largestComment,
  )
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error('not a zip archive')
  return readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
