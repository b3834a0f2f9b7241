/** What somebody pasted, dropped or shared, as addresses of posts. */

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi
/** A name with a dot and letters at its end, such as `example.com/post`, but no file's name with a blank before it. */
const BARE = /^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/\S*)?$/i
const FILE_TYPES = ['.html', '.htm', '.md', '.markdown', '.txt']

export interface Found {
  urls: string[]
  /** What was neither an address nor a blank. */
  rest: string
}

/** Every address in a text, once each, in order. */
export function findAddresses(text: string): Found {
  const urls = new Set<string>()
  const without = text.replace(ADDRESS, (found) => {
    const [address, tail] = splitTail(found)
    urls.add(address)
    return ` ${tail} `
  })
  const rest = without.split(/\s+/).filter((word) => {
    const plain = word.replace(/[,;]+$/, '')
    if (!BARE.test(plain) || isReadable(plain)) return word !== '' && /[\p{L}\p{N}]/u.test(word)
    urls.add(`https://${plain}`)
    return false
  })
  return { urls: [...urls], rest: rest.join(' ') }
}

/** Punctuation behind an address belongs to the sentence around it, a bracket only where none was opened. */
function splitTail(found: string): [string, string] {
  let end = found.length
  while (end > 0) {
    const last = found[end - 1] ?? ''
    const isOpen = last === ')' && found.slice(0, end).split('(').length >= found.slice(0, end).split(')').length
    if (!/[.,;:!?)\]}]/.test(last) || isOpen) break
    end--
  }
  return [found.slice(0, end), found.slice(end)]
}

/** Whether a file is of a kind that can be read out. */
export function isReadable(name: string): boolean {
  return FILE_TYPES.some((suffix) => name.toLowerCase().endsWith(suffix))
}

/** So many words are a text of their own, and not what stands around an address. */
const N_WORDS_OF_TEXT = 12

/** Whether words are enough to be read out themselves. */
export function isText(words: string): boolean {
  return words.split(/\s+/).filter(Boolean).length >= N_WORDS_OF_TEXT
}

/** What was pasted as a file; its first line becomes the title. */
export function toFile(text: string): File {
  const isPage = /^\s*<(!doctype|html|body|article|div|h1|p)\b/i.test(text)
  return isPage ? new File([text], 'pasted.html', { type: 'text/html' }) : new File([text], 'pasted.md', { type: 'text/markdown' })
}

/** For the file chooser. */
export const ACCEPTED = FILE_TYPES.join(',')

/** The host and path of an address, without what everyone has. */
export function shorten(url: string): string {
  return url.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')
}
