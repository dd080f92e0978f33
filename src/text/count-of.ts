/** A number of things, such as `1 account` or `2 accounts`. */
export const countOf = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`
