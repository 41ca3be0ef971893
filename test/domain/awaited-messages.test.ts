import { describe, expect, it } from 'vitest'
import { awaitedMessages, caseKeys } from '#domain/awaited-messages.ts'
import { stepAt } from '#domain/map-tree.ts'
import type { ProcessMap, StepOf } from '#domain/process-map.ts'
import { aMap, end, field, next, subProcess, wait } from '../support/maps.ts'

const inner = aMap([wait('paid', { waitsFor: byOrder('paid') }), end()], {
  name: 'Payment',
  fields: [field('order')],
  intake: [{ field: 'order', required: true }],
  titleField: 'order',
  links: [next('paid', 'done'), { on: 'exception', from: 'paid', to: 'done', cause: 'timed-out' }],
})

function byOrder(message: string): StepOf<'wait'>['waitsFor'] {
  return { until: 'message', message, key: 'order', timeoutMinutes: 60 }
}

function outer(from: string): ProcessMap {
  const pay = subProcess('pay', {
    title: 'Do pay',
    processId: 'payments',
    version: 3,
    gives: [{ from, to: 'order' }],
  })
  return aMap([wait('answered'), pay, end()], {
    fields: [...aMap([end()]).fields, field('made')],
    links: [
      next('answered', 'pay'),
      { on: 'exception', from: 'answered', to: 'pay', cause: 'timed-out' },
      next('pay', 'done'),
    ],
  })
}
const tree = (from: string) => ({ map: outer(from), inner: { 'payments@3': inner } })

describe('messages that a case may wait for', () => {
  it('are those of its map and of the maps inside it, with the paths of their steps', () => {
    const found = awaitedMessages(tree('sender'))

    expect(found.map(({ message, path, sub }) => [message, path, sub])).toEqual([
      ['answered', 'answered', null],
      ['paid', 'pay/paid', 'payments@3'],
    ])
  })

  it('find it by what it began with, without the space around it', () => {
    expect(caseKeys(tree('sender'), { sender: '  INV 7 ' })).toEqual([
      { message: 'answered', value: 'INV 7' },
      { message: 'paid', value: 'INV 7' },
    ])
    expect(caseKeys(tree('sender'), { sender: '  ' })).toEqual([])
  })

  it('have no key where only a later step says what it is', () => {
    expect(caseKeys(tree('made'), { sender: 'INV 7' })).toEqual([{ message: 'answered', value: 'INV 7' }])
  })
})

describe('a path', () => {
  it('leads into contained maps and nowhere else', () => {
    const at = (path: string): string[] | undefined => stepAt(tree('sender'), path)?.titles

    expect(at('pay/paid')).toEqual(['Do pay', 'Wait for paid'])
    expect(at('paid')).toBeUndefined()
    expect(at('answered/paid')).toBeUndefined()
    expect(at('pay/nowhere')).toBeUndefined()
  })
})
