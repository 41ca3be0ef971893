import { describe, expect, it } from 'vitest'
import { can, permissions, type Actor, type Permission, type Role } from '#domain/can.ts'
import { contract } from '#domain/contract.ts'

function as(role: Role): Actor {
  return { id: role, name: role, sample: false, roles: [{ processId: 'mine', role }] }
}

const everyPermission = Object.values(contract).map((route) => route.permission)

describe('permission', () => {
  const table: [Permission, Role, boolean][] = [
    ['decide-task', 'reviewer', true],
    ['decide-task', 'leader', false],
    ['decide-exception', 'reviewer', false],
    ['decide-exception', 'owner', true],
    ['publish-map', 'reviewer', false],
    ['publish-map', 'leader', false],
    ['see-case', 'leader', true],
    ['start-case', 'leader', false],
    ['stop-case', 'reviewer', false],
  ]
  it.each(table)('to %s as %s is %s', (permission, role, expected) => {
    expect(can(as(role), permission, 'mine')).toBe(expected)
  })

  it('ends at the border of the process', () => {
    for (const permission of everyPermission) {
      if (typeof permissions[permission] === 'string') continue
      expect(can(as('owner'), permission, 'theirs')).toBe(false)
      expect(can(null, permission, 'mine')).toBe(false)
    }
  })

  it('is named by every route, and changes are never open to everyone', () => {
    for (const route of Object.values(contract)) {
      expect(permissions[route.permission]).toBeDefined()
      if (route.method !== 'GET' && permissions[route.permission] === 'anyone') {
        expect(route.path).toBe('/api/session')
      }
    }
  })
})
