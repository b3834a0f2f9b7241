import { expect, test } from 'vitest'
import { ask, isMissing, Refusal, toRefusal, Unreachable } from './client'

test('a refusal is told in the server’s own words', () => {
  const refusal = toRefusal(409, { error: { message: 'edited meanwhile', code: 'stale_revision', revision: 13 } })

  expect([refusal.message, refusal.code, refusal.details.revision]).toEqual(['edited meanwhile', 'stale_revision', 13])
})

test.each([undefined, 'gateway', [], { error: 'x' }, { error: { message: 3 } }])('a body such as %j is a refusal all the same', (body) => {
  expect(toRefusal(502, body).message).toBe('The server answered 502.')
})

test('nobody who answers is another thing than somebody who refuses', async () => {
  await expect(ask(Promise.reject(new TypeError('failed to fetch')))).rejects.toBeInstanceOf(Unreachable)
  await expect(ask(Promise.resolve({ error: {}, response: new Response(null, { status: 422 }) }))).rejects.toBeInstanceOf(Refusal)
})

test('only an address that the server does not know is missing, not a thing that it does not have', () => {
  expect(isMissing(toRefusal(404, { error: { message: 'Not Found', code: 'http_404' } }))).toBe(true)
  expect(isMissing(toRefusal(404, { error: { message: 'no episode 9', code: 'not_in_library' } }))).toBe(false)
})
