import { Button } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'

/** Copies `text` and says so; `what` names it for the button: "Copy id". */
export function CopyButton({ text, what }: { text: string; what: string }): ReactElement {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('refused')
    }
    setTimeout(() => setState('ready'), 2_000)
  }

  const words = { ready: `Copy ${what}`, copied: 'Copied', refused: 'Copying is not allowed here' }[state]
  return (
    <Button
      variant="quiet"
      size="compact-xs"
      leftSection={state === 'copied' ? <IconCheck size={15} /> : <IconCopy size={15} />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{words}</span>
    </Button>
  )
}
