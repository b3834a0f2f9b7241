import { expect, test } from 'vitest'
import { cosine, nameLikeness } from './likeness'
import { listRefused } from './refusals'

test('a refusal is told clip by clip', () => {
  const said = 'no voice is made from these clips: one.webm: silent; two.wav: music, clipped: 3 % of samples'

  expect(listRefused(said, ['one.webm', 'two.wav'])).toEqual([
    { name: 'one.webm', faults: 'silent' },
    { name: 'two.wav', faults: 'music, clipped: 3 % of samples' },
  ])
})

test('a refusal of another kind names no clip', () => {
  expect(listRefused('there is a voice mol already', ['one.webm'])).toEqual([])
})

test('likeness is the cosine, in words', () => {
  expect(cosine([0.6, 0.8], [0.6, 0.8])).toBeCloseTo(1)
  expect([nameLikeness(0.97), nameLikeness(0.5)]).toEqual(['the same person, to all appearances', 'two different people'])
})
