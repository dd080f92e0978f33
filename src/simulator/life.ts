import { ApiError } from './api-error.ts'
import { createGroup, deleteGroup, joinGroup, leaveGroup, renameGroup } from './groups.ts'
import { offboard, rehire } from './leaving.ts'
import { hire, move, promote, rename } from './people.ts'
import type { EventEnvelope, GroupObject } from './payload.ts'
import { chooseGroup, directoryOf, type World } from './world.ts'

interface Deed {
  weight: number
  act: () => { events: EventEnvelope[] }
}

interface Life {
  step: () => EventEnvelope[]
}

/** Ordinary company life: one action per step, with the headcount kept roughly where it began. */
export function createLife(world: World): Life {
  const { store } = world
  // Departments outlive projects: only groups founded along the way are renamed and dissolved.
  const isProject = (group: GroupObject): boolean => ![...directoryOf(world, group).homes.values()].includes(group.id)
  const anyProject = (): { groupId: string } => ({ groupId: chooseGroup(world, {}, isProject).id })

  const deeds: readonly Deed[] = [
    { weight: 22, act: () => move(world) },
    { weight: 18, act: () => promote(world) },
    { weight: 10, act: () => rename(world, { changeEmail: world.random.chance(0.5) }) },
    { weight: 6, act: () => rehire(world) },
    { weight: 3, act: () => createGroup(world) },
    { weight: 8, act: () => joinGroup(world, anyProject()) },
    { weight: 3, act: () => leaveGroup(world, anyProject()) },
    { weight: 2, act: () => renameGroup(world, anyProject()) },
    { weight: 1, act: () => deleteGroup(world, anyProject()) },
  ]
  const hiring: Deed = { weight: 18, act: () => hire(world) }
  const leaving: Deed = { weight: 18, act: () => offboard(world, { announceRemovals: world.random.chance(0.5) }) }

  /** Returns what happened; empty only if nothing at all could, as in an empty company. */
  function step(): EventEnvelope[] {
    const meant = store.directories().reduce((sum, { headcount }) => sum + headcount, 0)
    const active = store.users().filter((user) => user.state === 'active').length
    const possible = [...deeds]
    if (active <= meant * 1.1) possible.push(hiring)
    if (active >= meant * 0.9) possible.push(leaving)
    while (possible.length > 0) {
      const events = attempt(draw(possible))
      if (events.length > 0) return events
    }
    return []
  }

  /** Removes one action from the list, weighted at random. */
  function draw(from: Deed[]): Deed {
    const total = from.reduce((sum, { weight }) => sum + weight, 0)
    let mark = world.random.next() * total
    const at = from.findIndex(({ weight }) => (mark -= weight) < 0)
    return from.splice(at, 1)[0]!
  }

  return { step }
}

function attempt({ act }: Deed): EventEnvelope[] {
  try {
    return act().events
  } catch (error) {
    // There is no person this could happen to: draw another action.
    if (error instanceof ApiError && error.status === 409) return []
    throw error
  }
}
