import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconCircleCheck } from '@tabler/icons-react'
import { useEffect, type ReactElement } from 'react'
import { call } from '../api.ts'
import {
  forgetDecision,
  sayShortly,
  setExample,
  useLastDecision,
  type LastDecision,
} from './last-decision.ts'
import { useUndo } from './use-undo.ts'
import { toldWords } from './words.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { Ring } from '../ui/ring.tsx'
import './toast.css'
import { wordsFor } from '../ui/states.tsx'
import { useKeys } from '../ui/use-keys.ts'

const stayMs = 6_000
/** Long enough to decide that a correction is worth keeping. */
const exampleStayMs = 45_000

/** What was just decided, the way back, and the one-click example after a correction. */
export function Toast(): ReactElement {
  const { last, notice } = useLastDecision()
  const undo = useUndo()
  return (
    <div className="toast-place">
      {notice !== null && (
        <div className="toast">
          <span>{notice.words}</span>
        </div>
      )}
      {notice === null && last !== null && (
        <div className="toast">
          <IconCircleCheck size={18} stroke={1.75} aria-hidden className="toast-icon" />
          <span>{toldWords(last)}</span>
          <Example last={last} />
          {undo !== null && (
            <>
              <Button
                variant="default"
                size="compact-md"
                rightSection={<KeyHint keys="Z" />}
                onClick={undo.run}
              >
                Undo
              </Button>
              <span className="toast-time num" aria-hidden="true">
                <Ring share={undo.share} tone="accent" />
                {undo.secondsLeft} s
              </span>
            </>
          )}
        </div>
      )}
    </div>
  )
}

/** Once for the whole app: the key that takes back, and the words for who does not see the toast. */
export function DecisionNews(): ReactElement {
  const { last, notice } = useLastDecision()
  const undo = useUndo()
  useKeys('After deciding', undo === null ? [] : [{ keys: 'z', label: 'Undo', run: undo.run }])
  useLeaving(last)
  useEffect(() => {
    if (notice === null) return
    const timer = setTimeout(() => useLastDecision.setState({ notice: null }), stayMs)
    return () => clearTimeout(timer)
  }, [notice])
  const told = last === null ? '' : `${toldWords(last)}${undo === null ? '' : ', undo with Z'}`
  return (
    <div role="status" className="sr">
      {notice?.words ?? told}
    </div>
  )
}

function Example({ last }: { last: LastDecision }): ReactElement | null {
  const { mutate } = useMutation({
    mutationFn: () => call('addExample', { params: { decisionId: last.decisionId }, body: {} }),
    onMutate: () => setExample('adding'),
    onSuccess: () => setExample('added'),
    onError: (error) => {
      setExample('offered')
      sayShortly(`Not kept as an example. ${wordsFor(error)}`)
    },
  })
  if (last.example === 'none') return null
  if (last.example === 'added') {
    return <span className="toast-note">An example from the next version on</span>
  }
  return (
    <Button variant="tonal" size="compact-md" loading={last.example === 'adding'} onClick={() => mutate()}>
      Make it an example
    </Button>
  )
}

/** The message leaves by itself, never before its way back has closed. */
function useLeaving(last: LastDecision | null): void {
  useEffect(() => {
    if (last === null) return
    const stay = last.example === 'offered' || last.example === 'adding' ? exampleStayMs : stayMs
    const until = Math.max(last.at + stay, (last.undoUntil ?? 0) + 500)
    const timer = setTimeout(forgetDecision, until - Date.now())
    return () => clearTimeout(timer)
  }, [last])
}
