import type { Ctx } from '../context.ts';
import { type FeatureDeps, LOOK_ONLY } from '../feature.ts';
import { text } from './text.ts';

/** What somebody is told who may not change the schedules: in a private chat only a viewer is turned away, in a group others are too. */
export const whyNot = async ({ authority }: Pick<FeatureDeps, 'authority'>, ctx: Ctx): Promise<string> =>
  (await authority(ctx, { who: 'member' })) ? text.notAllowed : LOOK_ONLY;
