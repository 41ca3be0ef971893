import '@mantine/core/styles/Menu.layer.css'
import { Button, Menu } from '@mantine/core'
import {
  IconArrowsTransferUp,
  IconChevronDown,
  IconHandStop,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSparkles,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { Canvas, PilotDetail } from '#domain/views/pilots.ts'
import { PausePilot, PilotByHand, RetryDesk } from './pilot-dialogs.tsx'
import { usePilotCommand } from './use-pilot-command.ts'

/** What an owner can tell the whole pilot to do. */
export function PilotControl({ pilot, canvas }: { pilot: PilotDetail; canvas: Canvas }): ReactElement | null {
  const [asking, setAsking] = useState<'pause' | 'by-hand' | 'retry' | null>(null)
  const { send } = usePilotCommand(pilot.id)
  const atDesk = canvas.steps.reduce((sum, step) => sum + step.atDesk, 0)
  const close = (): void => setAsking(null)
  if ((!pilot.can.command && !pilot.can.move) || pilot.status === 'ended') return null
  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <Button
            variant="default"
            className="pilot-control"
            leftSection={<IconPlayerPause size={16} stroke={1.75} aria-hidden />}
            rightSection={<IconChevronDown size={14} stroke={1.75} aria-hidden />}
          >
            Pause
            <span className="sr">, by hand, versions</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {pilot.can.command && (
            <>
              {pilot.status === 'paused' ? (
                <Menu.Item
                  leftSection={<IconPlayerPlay size={16} stroke={1.75} />}
                  onClick={() => send({ kind: 'resume' })}
                >
                  Resume the pilot
                </Menu.Item>
              ) : (
                <Menu.Item
                  leftSection={<IconPlayerPause size={16} stroke={1.75} />}
                  onClick={() => setAsking('pause')}
                >
                  Pause the pilot
                </Menu.Item>
              )}
              {pilot.byHand ? (
                <Menu.Item
                  leftSection={<IconSparkles size={16} stroke={1.75} />}
                  onClick={() => send({ kind: 'come-back', stepId: null })}
                >
                  With AI again
                </Menu.Item>
              ) : (
                <Menu.Item
                  leftSection={<IconHandStop size={16} stroke={1.75} />}
                  onClick={() => setAsking('by-hand')}
                >
                  All by hand
                </Menu.Item>
              )}
              {atDesk > 0 && (
                <Menu.Item
                  leftSection={<IconRefresh size={16} stroke={1.75} />}
                  onClick={() => setAsking('retry')}
                >
                  Try {atDesk} at the exception desk again
                </Menu.Item>
              )}
            </>
          )}
          {pilot.can.move && (
            <Menu.Item
              leftSection={<IconArrowsTransferUp size={16} stroke={1.75} />}
              renderRoot={(props) => (
                <Link {...props} to="/pilots/$pilotId/move" params={{ pilotId: pilot.id }} />
              )}
            >
              Move cases to another version
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {asking === 'pause' && <PausePilot pilot={pilot} onClose={close} />}
      {asking === 'by-hand' && <PilotByHand pilot={pilot} stepId={null} here={0} onClose={close} />}
      {asking === 'retry' && <RetryDesk pilot={pilot} stepId={null} atDesk={atDesk} onClose={close} />}
    </>
  )
}
