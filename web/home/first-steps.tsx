import { useRouter } from '@tanstack/react-router'
import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { Home } from '#domain/views/session.ts'

/** The way to a first live case, ticked from what is really there; gone once it is walked. */
export function FirstSteps({ ticks }: { ticks: Home['ticks'] }): ReactElement | null {
  const router = useRouter()
  const done = ticks.filter((tick) => tick.done).length
  if (ticks.length === 0 || done === ticks.length) return null
  return (
    <section className="home-part" aria-labelledby="ticks-heading">
      <h2 id="ticks-heading">
        First steps{' '}
        <span className="dim num">
          {done} of {ticks.length}
        </span>
      </h2>
      <ol className="ticks">
        {ticks.map((tick) => (
          <li key={tick.key} data-done={tick.done ? '' : undefined}>
            {tick.done ? (
              <IconCircleCheckFilled size={18} aria-hidden />
            ) : (
              <IconCircle size={18} stroke={1.75} aria-hidden />
            )}
            <a
              href={tick.href}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return
                event.preventDefault()
                router.history.push(tick.href)
              }}
            >
              {tick.label}
              <span className="sr">{tick.done ? ', done' : ', to do'}</span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  )
}
