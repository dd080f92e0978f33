// A short run tries few cases: always the same ones, known to exercise what they are for, so that it never fails for
// having drawn dull ones. `npm run test:long` draws many, different each time. FC_SEED, which a failure prints, repeats
// a run.
import fc from 'fast-check'

const { FC_SEED, LONG_TESTS } = process.env
if (FC_SEED !== undefined) fc.configureGlobal({ seed: Number(FC_SEED) })
else if (LONG_TESTS === undefined) fc.configureGlobal({ seed: 25 })
