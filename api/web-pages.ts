import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import type { Pages } from './app.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** The built web app: hashed files for good, and the one page for every address of its own. */
export function webPages(folder: string): Pages {
  return async ({ path, nonce }) => {
    const wanted = safePath(path)
    if (wanted === null || /^\/api(\/|$)/i.test(wanted)) return null
    // Ids hold dots too, so only endings of files that we have make an address a file.
    const type = types[extname(wanted).toLowerCase()]
    if (type === undefined) return page(folder, nonce)
    const content = wanted === '/index.html' ? null : await read(join(folder, wanted))
    if (content === null) return null
    const isHashed = wanted.startsWith('/assets/')
    return new Response(content, {
      headers: {
        'content-type': type,
        'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
    })
  }
}

async function page(folder: string, nonce: string): Promise<Response> {
  const html = await read(join(folder, 'index.html'))
  if (html === null) {
    return new Response('The web pages are not built yet: run "npm run build".', {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '5' },
    })
  }
  return new Response(new TextDecoder().decode(html).replaceAll('__CSP_NONCE__', nonce), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  })
}

/** The path within the folder; null for whatever is written in an unusual way. */
function safePath(path: string): string | null {
  try {
    const decoded = decodeURIComponent(path)
    const plain = normalize(decoded).replaceAll(sep, '/')
    const isPlain = plain === decoded || `${plain}/` === decoded
    return isPlain && !decoded.includes('\0') && !decoded.includes('\\') ? plain : null
  } catch {
    return null
  }
}

async function read(file: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(file))
  } catch {
    return null
  }
}
