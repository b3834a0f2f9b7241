/** How what is out of sight is brought into it: at once for those who want no movement. */

export function findScrolling(): ScrollBehavior {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'
}
