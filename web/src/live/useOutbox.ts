import { reactive, readonly } from "vue"
import { fileRequest } from "@/api/requests"
import type { NewRequest } from "@/api/types"
import { serverNow } from "./campus"
import { Outbox, type Flushed, type Waiting } from "./outbox"
import { IndexedShelf } from "./shelf"

const state = reactive({ waiting: [] as Waiting[], sending: false })
let outbox: Outbox | null = null
const theOutbox = () => (outbox ??= new Outbox(new IndexedShelf(), fileRequest))

async function look(owner: string): Promise<void> {
  state.waiting = await theOutbox().waiting(owner)
}

/** The forms of this owner that wait for the network. */
export const outboxState = readonly(state)

export async function keepForLater(owner: string, key: string, body: NewRequest): Promise<void> {
  await theOutbox().keep(owner, key, body, new Date(serverNow()))
  await look(owner)
}

export async function flushOutbox(owner: string): Promise<Flushed> {
  state.sending = true
  try {
    return await theOutbox().flush(owner)
  } finally {
    state.sending = false
    await look(owner)
  }
}

export async function discardWaiting(owner: string, key: string): Promise<void> {
  await theOutbox().discard(key)
  await look(owner)
}
