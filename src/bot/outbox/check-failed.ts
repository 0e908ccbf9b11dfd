import { type CheckResult, isBadNews } from '../../domain/checks/check.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { badNewsLines, isRepairable } from '../board/checks/check-text.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { lines, type Rendering } from '../ui/text.ts';
import { mentions } from './download-ended.ts';

type CheckFailed = Extract<Notice, { readonly kind: 'check_failed' }>;

/** What keeps it from being loaded, the most certain first. */
const standing = ({ whole, fits }: CheckResult): string => {
  if (whole.faultCount > 0) return 'here, but not whole';
  if (whole.importCount > 0) return 'here, but not safe to load';
  return fits?.where === 'none' ? 'here, but does not fit' : 'here, but does not load';
};

/**
 * That a model which was to be checked when it is here should not be loaded, and why.
 * @returns undefined if it is gone by now, or that does not hold any more
 */
export const renderCheckFailed = (store: Store, notice: CheckFailed): Rendering | undefined => {
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  const check = typeof model?.copyId === 'number' ? store.checks.checkOf(model.copyId) : undefined;
  if (!model || !check) return undefined;
  const who = mentions(store, [notice]);
  const { result, errorMessage } = check;
  if (check.state === 'refused')
    return { text: lines(titleLine(modelLabel(model), 'here, but could not be checked'), errorMessage ?? '', who) };
  if (!result || !isBadNews(result)) return undefined;
  const repair = actionButton('Read again and repair', 'verify', model.id, 'primary');
  return {
    text: lines(titleLine(modelLabel(model), standing(result)), ...badNewsLines(result), who),
    ...(isRepairable(result) ? { keyboard: { inline_keyboard: [[repair]] } } : {}),
  };
};
