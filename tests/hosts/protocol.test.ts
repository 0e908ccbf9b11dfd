import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkedForm, checkForm } from '../../src/hosts/wire/checks.ts';
import { failureSchema } from '../../src/hosts/wire/failure.ts';
import { envelopeSchema, type Form } from '../../src/hosts/wire/form.ts';
import {
  copyForm,
  copyStateSchema,
  endingSchema,
  madeForm,
  verdictForm,
  verifyForm,
  verifyStateSchema,
  wishSchema,
} from '../../src/hosts/wire/jobs.ts';
import { PROTOCOL } from '../../src/hosts/wire/names.ts';
import { presenceSchema } from '../../src/hosts/wire/presence.ts';
import { QUESTIONS } from '../../src/hosts/wire/questions.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** The fields that have to be there, by their paths; of one of several kinds, each kind's. */
const neededIn = (schema: Schema, at: string): string[] => {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const kindOf = ({ properties = {} }: Schema): string => {
    const kinds = Object.values(properties).flatMap((one) => (typeof one === 'object' ? [one.const] : []));
    return kinds.find((kind) => typeof kind === 'string') ?? '';
  };
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    typeof field === 'object' && schema.required?.includes(name)
      ? [`${at}.${name}`, ...neededIn(field, `${at}.${name}`)]
      : [],
  );
  const items =
    typeof schema.items === 'object' && !Array.isArray(schema.items) ? neededIn(schema.items, `${at}[]`) : [];
  return [...fields, ...items, ...branches.flatMap((one) => neededIn(one, `${at}<${kindOf(one)}>`))];
};

const needed = (name: string, schema: z.ZodType): string[] => [
  name,
  ...neededIn(z.toJSONSchema(schema, { unrepresentable: 'any' }), name),
];

const neededInForm = (name: string, { head, lists }: Form<object>): string[] => [
  ...needed(name, head),
  ...Object.entries(lists).flatMap(([field, item]) => needed(`${name}.${field}[]`, item)),
];

it('what two machines have to tell each other changes with the number of the protocol alone', async () => {
  const all = [
    ...needed('presence', presenceSchema),
    ...needed('envelope', envelopeSchema),
    ...needed('wish', wishSchema),
    ...needed('copy state', copyStateSchema),
    ...needed('verify state', verifyStateSchema),
    ...needed('ending', endingSchema),
    ...needed('failure', failureSchema),
    ...Object.entries({ copyForm, verifyForm, checkForm, madeForm, verdictForm, checkedForm }).flatMap(([name, form]) =>
      neededInForm(name, form as Form<object>),
    ),
    ...Object.entries(QUESTIONS).flatMap(([name, { asks, answers }]) => [
      ...neededInForm(`${name}?`, asks as Form<object>),
      ...neededInForm(`${name}!`, answers as Form<object>),
    ]),
  ];
  expect(all.length).toBeGreaterThan(100);
  // It differs? Then a host of the version before would not be believed: let the new field be optional, or count PROTOCOL up.
  await expect(`${all.join('\n')}\n`).toMatchFileSnapshot(`protocol-${PROTOCOL}.txt`);
});
