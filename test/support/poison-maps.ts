import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import {
  ai,
  aMap,
  branch,
  call,
  decision,
  end,
  field,
  forEach,
  fork,
  join,
  manual,
  next,
  review,
  subProcess,
  waitUntil,
} from './maps.ts'

/** A map that would never end, never join or never fit, and what is said about it. */
export type Poison = { name: string; map: ProcessMap; code: string; stepId: string | null }

/** Where it is urgent, a way leads past the fork to one of its steps. */
function pastTheFork(to: string): ProcessMap {
  return aMap([decision('d'), fork('f'), manual('a'), manual('b'), join('j'), end()], {
    links: [
      { on: 'otherwise', from: 'd', to: 'f', label: 'on' },
      { on: 'when', from: 'd', to, condition: 'urgent', label: 'quick' },
      branch('f', 'a'),
      branch('f', 'b'),
      next('a', 'j'),
      next('b', 'j'),
      next('j', 'done'),
    ],
  })
}

function forked(steps: Step[], links: Link[]): ProcessMap {
  return aMap([fork('f'), ...steps, join('j'), end()], { links: [...links, next('j', 'done')] })
}

const withLists = {
  fields: [...aMap([end()]).fields, field('lines', 'list'), field('line')],
}

/** Each list inside the one before it. */
function listsInLists(depth: number, maxItems: number): ProcessMap {
  const steps: Step[] = []
  const links: Link[] = []
  for (let level = 0; level < depth; level += 1) {
    const inner = level + 1 < depth ? `l${level + 1}` : 'work'
    steps.push(forEach(`l${level}`, { maxItems }), join(`j${level}`))
    links.push({ on: 'each', from: `l${level}`, to: inner })
    links.push(next(`j${level}`, level === 0 ? 'done' : `j${level - 1}`))
  }
  steps.push(manual('work'), end())
  links.push(next('work', `j${depth - 1}`))
  return aMap(steps, { ...withLists, links })
}

const endless: Poison[] = [
  {
    name: 'a ring without a way out',
    map: aMap([manual('a'), manual('b'), end()], {
      links: [next('a', 'b'), next('b', 'a'), { on: 'exception', from: 'a', to: 'a', cause: 'any' }],
    }),
    code: 'Endless',
    stepId: 'a',
  },
  {
    name: 'a ring that only a send-back leaves',
    map: aMap([ai('draft'), review('read', 'draft'), manual('tidy'), end()], {
      links: [
        next('draft', 'read'),
        next('read', 'tidy'),
        next('tidy', 'read'),
        { on: 'send-back', from: 'read', to: 'draft' },
      ],
    }),
    code: 'Endless',
    stepId: 'tidy',
  },
  {
    name: 'rules that go round',
    map: aMap([decision('a'), decision('b'), end()], {
      links: [
        { on: 'otherwise', from: 'a', to: 'b', label: 'on' },
        { on: 'otherwise', from: 'b', to: 'a', label: 'on' },
      ],
    }),
    code: 'Endless',
    stepId: 'b',
  },
  {
    name: 'a branch that turns in circles',
    map: forked(
      [manual('a'), manual('b'), manual('c')],
      [branch('f', 'a'), branch('f', 'b'), next('a', 'j'), next('b', 'c'), next('c', 'b')],
    ),
    code: 'Endless',
    stepId: 'b',
  },
]

const neverJoined: Poison[] = [
  {
    name: 'a branch that ends by itself',
    map: forked(
      [manual('a'), manual('b')],
      [branch('f', 'a'), branch('f', 'b'), next('a', 'j'), next('b', 'done')],
    ),
    code: 'EndInRegion',
    stepId: 'done',
  },
  {
    name: 'branches that come to two joins',
    map: aMap([fork('f'), manual('a'), manual('b'), join('j'), join('k'), end()], {
      links: [
        branch('f', 'a'),
        branch('f', 'b'),
        next('a', 'j'),
        next('b', 'k'),
        next('j', 'done'),
        next('k', 'done'),
      ],
    }),
    code: 'JoinMissing',
    stepId: 'f',
  },
  {
    name: 'a branch that goes back to its own fork',
    map: forked(
      [manual('a'), decision('b')],
      [
        branch('f', 'a'),
        branch('f', 'b'),
        next('a', 'j'),
        { on: 'otherwise', from: 'b', to: 'j', label: 'on' },
        { on: 'when', from: 'b', to: 'f', condition: 'urgent', label: 'again' },
      ],
    ),
    code: 'RegionLoops',
    stepId: 'f',
  },
  {
    name: 'a way into the middle of a branch',
    map: pastTheFork('a'),
    code: 'RegionEntered',
    stepId: 'd',
  },
  {
    name: 'a way to a join past its fork',
    map: pastTheFork('j'),
    code: 'JoinBypassed',
    stepId: 'd',
  },
  {
    name: 'a join of nothing',
    map: aMap([manual('a'), join('j'), end()]),
    code: 'NothingToJoin',
    stepId: 'j',
  },
  {
    name: 'two forks that share a join',
    map: aMap([fork('f'), fork('g'), manual('a'), manual('b'), manual('c'), join('j'), end()], {
      links: [
        branch('f', 'g'),
        branch('f', 'a'),
        branch('g', 'b'),
        branch('g', 'c'),
        next('a', 'j'),
        next('b', 'j'),
        next('c', 'j'),
        next('j', 'done'),
      ],
    }),
    code: 'JoinTwice',
    stepId: 'j',
  },
  {
    name: 'branches that share a step',
    map: forked([manual('a')], [branch('f', 'a'), branch('f', 'a', 'again'), next('a', 'j')]),
    code: 'BranchesMeet',
    stepId: 'a',
  },
  {
    name: 'two branches that write the same field',
    map: forked(
      [manual('a', { outputs: ['summary'] }), manual('b', { outputs: ['summary'] })],
      [branch('f', 'a'), branch('f', 'b'), next('a', 'j'), next('b', 'j')],
    ),
    code: 'WrittenTwice',
    stepId: 'f',
  },
  {
    name: 'a list that does not wait for its entries',
    map: aMap([forEach('l'), manual('a'), join('j', 'any'), end()], {
      ...withLists,
      links: [{ on: 'each', from: 'l', to: 'a' }, next('a', 'j'), next('j', 'done')],
    }),
    code: 'ListNeedsAll',
    stepId: 'j',
  },
  {
    name: 'a wait for a message that may never come',
    map: aMap([
      waitUntil('w', { until: 'message', message: 'papers', key: 'sender', timeoutMinutes: 5 }),
      end(),
    ]),
    code: 'TimeoutMissing',
    stepId: 'w',
  },
]

const tooLarge: Poison[] = [
  {
    name: 'a list of a thousand entries that each need a list of a thousand',
    map: listsInLists(2, 1_000),
    code: 'RegionTooLarge',
    stepId: 'l0',
  },
  {
    name: 'lists that multiply by twos',
    map: listsInLists(12, 2),
    code: 'RegionTooLarge',
    stepId: 'l0',
  },
]

const conditions: [string, string][] = [
  ['a pattern that hangs', 'sender.matches("(a+)+$")'],
  ['a pattern in a function', 'matches(sender, "(x+x+)+y")'],
  ['a loop over a list', '[1, 2, 3].all(a, [1, 2, 3].exists(b, a == b))'],
  ['a chain that is too long', Array.from({ length: 80 }, () => '1==1').join('||')],
  ['brackets without end', `${'('.repeat(240)}urgent${')'.repeat(240)}`],
  ['nots without end', `${'!'.repeat(490)}urgent`],
  ['a list that is too long', `sender in [${Array.from({ length: 60 }, () => '"a"').join(', ')}]`],
  ['a map', '{"a": true}["a"]'],
  ['a field of nothing', 'given.nothing'],
  ['a prototype', 'constructor == ""'],
  ['a prototype behind a field', 'sender.constructor == ""'],
]

/** Maps whose one condition is poison. */
const poisonedConditions = conditions.map(([name, condition]): Poison => ({
  name: `a condition with ${name}`,
  map: aMap([decision('d'), end()], {
    links: [
      { on: 'when', from: 'd', to: 'done', condition, label: 'poison' },
      { on: 'otherwise', from: 'd', to: 'done', label: 'else' },
    ],
  }),
  code: 'ConditionWrong',
  stepId: 'd',
}))

const leaking: Poison[] = [
  {
    name: 'a draft that reaches another system unread',
    map: aMap([ai('draft'), call('send', { method: 'POST' }), review('read', 'draft'), end()]),
    code: 'ReviewerMissing',
    stepId: 'draft',
  },
  {
    name: 'a map inside it that is not published',
    map: aMap([subProcess('inside'), end()]),
    code: 'SubProcessMissing',
    stepId: 'inside',
  },
]

/** Everything that the schema accepts and that must not run. */
export const poisonMaps: Poison[] = [
  ...endless,
  ...neverJoined,
  ...tooLarge,
  ...poisonedConditions,
  ...leaking,
]
