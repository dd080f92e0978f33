import { bulkHire, bulkOffboard } from './bulk.ts'
import { changeDirectory, createDirectory, deleteDirectory } from './directories.ts'
import { createGroup, deleteGroup, joinGroup, leaveGroup, renameGroup } from './groups.ts'
import { offboard, rehire } from './leaving.ts'
import { hire, move, promote, rename } from './people.ts'
import { signIn } from './sessions.ts'
import { sendTestEvent } from './test-event.ts'
import type { World } from './world.ts'

/** Everything that can happen in a world, to be called from a program. What the input does not say, they choose. */
export function actionsIn(world: World) {
  const bind =
    <Input extends unknown[], Output>(act: (world: World, ...input: Input) => Output) =>
    (...input: Input): Output =>
      act(world, ...input)
  return {
    hire: bind(hire),
    move: bind(move),
    rename: bind(rename),
    promote: bind(promote),
    offboard: bind(offboard),
    rehire: bind(rehire),
    bulkHire: bind(bulkHire),
    bulkOffboard: bind(bulkOffboard),
    createGroup: bind(createGroup),
    renameGroup: bind(renameGroup),
    deleteGroup: bind(deleteGroup),
    joinGroup: bind(joinGroup),
    leaveGroup: bind(leaveGroup),
    createDirectory: bind(createDirectory),
    deleteDirectory: bind(deleteDirectory),
    changeDirectory: bind(changeDirectory),
    sendTestEvent: bind(sendTestEvent),
    signIn: bind(signIn),
  }
}
