import { contract } from '#domain/contract.ts'
import type { Upload } from '#domain/views/baselines.ts'
import { ApiError } from '#web/api.ts'

type Sending = { processId: string; file: File; onSent: (share: number) => void; signal: AbortSignal }

/** Sends a log. Not `call`: only XMLHttpRequest tells how much of a body has gone out. */
export async function uploadFile({ processId, file, onSent, signal }: Sending): Promise<Upload> {
  const route = contract.uploadLog
  const path = route.path.replace('{processId}', encodeURIComponent(processId))
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(route.method, `${path}?${new URLSearchParams({ fileName: file.name.slice(-200) })}`)
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('content-type', 'text/csv')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total)
    })
    request.addEventListener('load', () => resolve({ status: request.status, text: request.responseText }))
    request.addEventListener('error', () => resolve({ status: 0, text: '' }))
    request.addEventListener('abort', () => reject(new DOMException('The upload was stopped', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
  if (status >= 200 && status < 300) return route.reply.parse(JSON.parse(text))
  throw new ApiError({ ...noAnswer, ...given(text), status })
}

const noAnswer = {
  type: 'about:blank',
  title: 'No answer',
  detail: 'The file could not be sent. Nothing is lost: try again in a moment.',
  code: 'NoAnswer',
  requestId: '',
}

function given(text: string): object {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    return {}
  }
}
