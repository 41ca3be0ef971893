import { describe, expect, it } from 'vitest'
import { addressFault, privateCallsOf } from '#domain/call-address.ts'
import { mayReach } from '#domain/network-address.ts'
import { baseUrlOf } from '#domain/views/connections.ts'

function faultOf(text: string, { privateAddress = false, calls = 'any' as const } = {}): string | null {
  const url = baseUrlOf(text)
  return url === null ? 'no address' : addressFault({ url, privateAddress }, calls)
}

describe('the address of a connection', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://127.0.0.1./',
    'https://１２７.０.０.１/',
    'https://0/',
    'https://0.0.0.0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[64:ff9b:1::127.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[fd00::1]/',
    'https://[ff02::1]/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
  ])('%s is no public one', (text) => {
    expect(faultOf(text)).toBe('This address is a private one, or not for use')
  })

  it.each([
    'https://api.example.com',
    'https://api.example.com:8443/v1',
    'https://93.184.216.34/',
    'https://[2606:2800:220:1::1]/',
  ])('%s may be called', (text) => {
    expect(faultOf(text)).toBeNull()
  })

  it('is https, unless it lies in the own network', () => {
    expect(faultOf('http://api.example.com')).toContain('https')
    expect(faultOf('http://10.0.0.5:8080', { privateAddress: true })).toBeNull()
    expect(faultOf('http://[fd00::5]:8080', { privateAddress: true })).toBeNull()
  })

  it('in the own network is still never the one that clouds give their secrets from', () => {
    for (const text of ['http://169.254.169.254', 'http://[fe80::1]', 'http://0.0.0.0', 'http://224.0.0.1']) {
      expect(faultOf(text, { privateAddress: true })).toBe('This address is never called')
    }
  })

  it.each([
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:word@example.com',
    'https://example.com?key=1',
    'https://example.com/?',
    'https://example.com/#',
    'https://example.com\\@127.0.0.1/',
    'https://exa mple.com',
    'example.com',
    '',
  ])('cannot be "%s"', (text) => {
    expect(baseUrlOf(text)).toBeNull()
  })
})

describe('the list of private addresses', () => {
  const url = new URL('http://ledger.inside:8080/v1')

  it('is empty in production until somebody fills it, and open elsewhere', () => {
    expect(addressFault({ url, privateAddress: true }, privateCallsOf(null, true))).toContain(
      'ledger.inside:8080',
    )
    expect(addressFault({ url, privateAddress: true }, privateCallsOf('', false))).toBeNull()
  })

  it('allows what it names, port included', () => {
    const calls = privateCallsOf(' Ledger.inside:8080, other:443 ', true)

    expect(addressFault({ url, privateAddress: true }, calls)).toBeNull()
    expect(addressFault({ url: new URL('http://ledger.inside/'), privateAddress: true }, calls)).toContain(
      ':80',
    )
    expect(addressFault({ url: new URL('https://other/'), privateAddress: true }, calls)).toBeNull()
  })
})

it('what is no IP address is never reached', () => {
  for (const text of ['', 'localhost', '127.0.0.1.nip.io']) expect(mayReach(text, 'own-network')).toBe(false)
})
