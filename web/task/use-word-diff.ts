import { useEffect, useState } from 'react'
import { wholeDiff, type DiffPiece } from './word-diff.ts'

/** Longer than this and the page would rather show both texts than wait. */
const patienceMs = 2_000

/** The words that changed, worked out beside the page; null while it is being worked out. */
export function useWordDiff(before: string, after: string): DiffPiece[] | null {
  const [found, setFound] = useState<{ before: string; after: string; pieces: DiffPiece[] } | null>(null)

  useEffect(() => {
    const worker = new Worker(new URL('./diff-worker.ts', import.meta.url), { type: 'module' })
    function finish(pieces: DiffPiece[]): void {
      clearTimeout(timer)
      worker.terminate()
      setFound({ before, after, pieces })
    }
    const timer = setTimeout(() => finish(wholeDiff(before, after)), patienceMs)
    worker.addEventListener('message', ({ data }: MessageEvent<DiffPiece[]>) => finish(data))
    worker.addEventListener('error', () => finish(wholeDiff(before, after)))
    worker.postMessage({ before, after }, [])
    return () => {
      clearTimeout(timer)
      worker.terminate()
    }
  }, [before, after])

  return found?.before === before && found.after === after ? found.pieces : null
}
