// The part of WebAssembly that schema-engine.ts needs: Node's own types leave it to the DOM library.
declare namespace WebAssembly {
  type ModuleImports = Record<string, unknown>
  type Exports = Record<string, unknown>
  function instantiate(
    bytes: Uint8Array,
    imports: Record<string, ModuleImports>,
  ): Promise<{ instance: { exports: Exports } }>
}
