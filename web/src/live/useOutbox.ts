import { reactive, readonly } from "vue"
import { fileRequest } from "@/api/requests"
import type { NewRequest } from "@/api/types"
import { sessionOwnerId } from "@/app/sessionOwner"
import { serverNow } from "./campus"
import { Outbox, type Flushed, type Waiting } from "./outbox"

const ROUND = "yizhan.outbox"
const state = reactive({ waiting: [] as Waiting[], sending: false })
let outbox: Outbox | null = null
const theOutbox = () => (outbox ??= new Outbox(fileRequest, (owner) => sessionOwnerId() === owner))

let seen = ""
async function look(owner: string): Promise<void> {
  seen = owner
  const waiting = await theOutbox().waiting(owner)
  if (seen === owner) state.waiting = waiting
}

// What one tab keeps or sends, the others see too.
const told = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(ROUND)
told?.addEventListener("message", () => {
  if (seen) void look(seen).catch(() => undefined)
})
async function changed(owner: string): Promise<void> {
  told?.postMessage("changed")
  await look(owner)
}

/** The forms of this owner that wait for the network. */
export const outboxState = readonly(state)

export async function keepForLater(owner: string, key: string, body: NewRequest, sealed = false): Promise<void> {
  await theOutbox().keep(owner, key, body, new Date(serverNow()), sealed)
  await changed(owner)
}

/** Sends what waits; one tab at a time, so that none sends what another is sending. */
export async function flushOutbox(owner: string): Promise<Flushed> {
  state.sending = true
  try {
    const round = () => theOutbox().flush(owner)
    return await ("locks" in navigator ? navigator.locks.request(ROUND, round) : round())
  } finally {
    state.sending = false
    await changed(owner)
  }
}

export async function discardWaiting(owner: string, key: string): Promise<void> {
  await theOutbox().discard(key)
  await changed(owner)
}

/** Forgets the sealed forms of somebody who signs out. */
export async function forgetSealedForms(owner: string): Promise<void> {
  await theOutbox().forgetSealed(owner)
  await changed(owner)
}
