import { expect, test } from 'vitest'
import { findAddresses, isReadable, isText, shorten, toFile } from './sources'

test.each([
  ['https://example.com/a', ['https://example.com/a']],
  ['  https://example.com/a\nhttps://example.com/b ', ['https://example.com/a', 'https://example.com/b']],
  ['https://example.com/a https://example.com/a', ['https://example.com/a']],
  ['example.com/post', ['https://example.com/post']],
  ['see https://example.com/a, and (https://example.com/b).', ['https://example.com/a', 'https://example.com/b']],
  ['https://en.wikipedia.org/wiki/Tea_(meal)', ['https://en.wikipedia.org/wiki/Tea_(meal)']],
  ['https://example.com/?q=a&b=c#d', ['https://example.com/?q=a&b=c#d']],
  ['<a href="https://example.com/a">x</a>', ['https://example.com/a']],
  ['http://localhost:8000/x', ['http://localhost:8000/x']],
])('addresses are found in %j, each once, without the punctuation around them', (text, urls) => {
  expect(findAddresses(text).urls).toEqual(urls)
})

test.each(['', 'hello', 'post.md', 'javascript:alert(1)', 'ftp://example.com/a', 'e.g. this'])('%j holds no address', (text) => {
  expect(findAddresses(text).urls).toEqual([])
})

test('what is no address is told apart', () => {
  expect(findAddresses('read https://example.com/a please').rest).toBe('read please')
})

test('pages, Markdown and text can be read, whatever the case of their names', () => {
  expect(['a.html', 'B.MD', 'c.txt', 'd.pdf', 'e'].map(isReadable)).toEqual([true, true, true, false, false])
})

test('what every address has is left out where it is shown', () => {
  expect(shorten('https://www.example.com/a/')).toBe('example.com/a')
})

test('some words around an address are no text of their own, a paragraph is', () => {
  expect(['read this please', 'Our kettle sings before it boils, and nobody in the house has ever taught it to.'].map(isText)).toEqual([false, true])
})

test('pasted words are Markdown, and the source of a page is a page', () => {
  expect(['# Tea\n\nIt is hot.', '<h1>Tea</h1><p>It is hot.</p>', '3 < 4'].map((text) => toFile(text).name)).toEqual(['pasted.md', 'pasted.html', 'pasted.md'])
})
