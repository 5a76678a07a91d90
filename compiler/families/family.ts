/** A family of primitives that comes when it is first called for; `bring` adds what the compiler needs for it. */
export const family = (bring: () => void): (() => void) => {
  let isHere = false
  return () => {
    if (isHere) return
    isHere = true
    bring()
  }
}
