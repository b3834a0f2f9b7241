/** Whether the server wants a key that this browser has not handed in. */

class Session {
  isNeeded = $state(false)
}

export const session = new Session()
