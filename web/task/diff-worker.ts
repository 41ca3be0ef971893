import { wordDiff } from './word-diff.ts'

type Asked = { before: string; after: string }

self.addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  self.postMessage(wordDiff(data.before, data.after), { transfer: [] })
})
