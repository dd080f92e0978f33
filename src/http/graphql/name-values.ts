import { GraphQLError, validateInputLiteral, ValuesOfCorrectTypeRule, type ValidationRule } from 'graphql'
import type { ASTNode, ASTVisitor, GraphQLInputType, ValueNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** GraphQL's own rule does not name the argument that has an invalid value, as it does for variables. This one does. */
export const nameValues: Plugin = {
  onValidate({ validateFn, setValidationFn }) {
    const replaced = (rule: ValidationRule) => (rule === ValuesOfCorrectTypeRule ? namedValues : rule)
    setValidationFn((schema, document, rules: readonly ValidationRule[] = [], ...rest) =>
      validateFn(schema, document, rules.map(replaced), ...rest),
    )
  },
}

const namedValues: ValidationRule = (context) => {
  function check(node: ValueNode, type: GraphQLInputType | null | undefined, parent: Parent): false {
    if (type == null) return false // another rule reports the unknown argument
    const name = nameOf(parent)
    validateInputLiteral(node, type, ({ message, nodes }, path) => {
      const where = [name, ...path].filter((step) => step !== null).join('.')
      context.reportError(new GraphQLError(where === '' ? message : `${where}: ${message}`, { nodes: nodes ?? node }))
    })
    return false // the value has been checked already
  }
  type Visit = (node: ValueNode, key: unknown, parent: Parent) => false
  const value: Visit = (node, _key, parent) => check(node, context.getInputType(), parent)
  return {
    NullValue: value,
    // Inside a list, the input type is already that of its entries.
    ListValue: (node, _key, parent) => check(node, context.getParentInputType(), parent),
    ObjectValue: value,
    EnumValue: value,
    IntValue: value,
    FloatValue: value,
    StringValue: value,
    BooleanValue: value,
  } satisfies ASTVisitor
}

type Parent = ASTNode | readonly ASTNode[] | undefined

function nameOf(parent: Parent): string | null {
  if (parent === undefined || !('kind' in parent)) return null
  if (parent.kind === 'Argument') return parent.name.value
  return parent.kind === 'VariableDefinition' ? `$${parent.variable.name.value}` : null
}
