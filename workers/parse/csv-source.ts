import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvFault } from './csv-fault.ts'

/** A CSV file on disk or in memory, plain or gzipped. */
export type CsvSource = { path: string } | { bytes: Uint8Array }
/** How the text is encoded; anything but UTF-8 is a person's choice, never a guess. */
export type Encoding = 'utf-8' | 'windows-1252' | 'utf-16le'

export type OpenedSource = {
  totalBytes: number
  isGzip: boolean
  /** Decoded text, piece by piece. */
  text: AsyncIterable<string>
  /** Bytes of the file read so far, before inflating. */
  bytesRead: () => number
  /** Of the file as it is, once all of it was read. */
  sha256: () => string
}

const CHUNK_BYTES = 1 << 18

export async function openSource(
  source: CsvSource,
  limits: { maxBytes: number; encoding: Encoding },
): Promise<OpenedSource> {
  const totalBytes = await sizeOf(source)
  if (totalBytes > limits.maxBytes) throw tooBig(limits.maxBytes)
  const hash = createHash('sha256')
  let bytesRead = 0
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of rawChunks(source)) {
      bytesRead += chunk.byteLength
      hash.update(chunk)
      yield chunk
    }
  }
  const isGzip = await startsAsGzip(source)
  const plain = isGzip ? inflated(counted()) : counted()
  return {
    totalBytes,
    isGzip,
    text: decoded(capped(plain, limits.maxBytes), limits.encoding),
    bytesRead: () => bytesRead,
    sha256: () => hash.digest('hex'),
  }
}

async function sizeOf(source: CsvSource): Promise<number> {
  if ('bytes' in source) return source.bytes.byteLength
  try {
    return (await stat(source.path)).size
  } catch (cause) {
    throw new CsvFault('FileMissing', 'The file is no longer there. Choose it again.', [String(cause)])
  }
}

async function startsAsGzip(source: CsvSource): Promise<boolean> {
  for await (const chunk of rawChunks(source, 2)) return chunk[0] === 0x1f && chunk[1] === 0x8b
  return false
}

async function* rawChunks(source: CsvSource, firstBytes?: number): AsyncIterable<Uint8Array> {
  if ('bytes' in source) {
    const end = firstBytes ?? source.bytes.byteLength
    for (let at = 0; at < end; at += CHUNK_BYTES)
      yield source.bytes.subarray(at, Math.min(end, at + CHUNK_BYTES))
    return
  }
  const range = firstBytes === undefined ? {} : { end: firstBytes - 1 }
  const file: AsyncIterable<Uint8Array> = createReadStream(source.path, {
    highWaterMark: CHUNK_BYTES,
    ...range,
  })
  yield* file
}

async function* inflated(compressed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // The error arrives through the iteration below; the callback only keeps it from being uncaught.
  const chunks: AsyncIterable<Uint8Array> = pipeline(Readable.from(compressed), gunzip, () => {})
  try {
    yield* chunks
  } catch (cause) {
    if (cause instanceof CsvFault) throw cause
    throw new CsvFault('BadGzip', 'The compressed file is damaged or cut off. Export it again.', [
      String(cause),
    ])
  }
}

/** A small gzip file can hold gigabytes, so what comes out is counted. */
async function* capped(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Uint8Array> {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.byteLength
    if (seen > maxBytes) throw tooBig(maxBytes)
    yield chunk
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch (cause) {
      const advice = 'Save it as "CSV UTF-8", or choose the encoding it was saved in.'
      throw new CsvFault('NotText', `The file is not ${encoding.toUpperCase()} text. ${advice}`, [
        String(cause),
      ])
    }
  }
  for await (const chunk of chunks) yield decode(chunk)
  yield decode()
}

function tooBig(maxBytes: number): CsvFault {
  const megabytes = Math.round(maxBytes / 1e6)
  return new CsvFault('FileTooBig', `The file holds more than ${megabytes} MB. Export a shorter period.`)
}
