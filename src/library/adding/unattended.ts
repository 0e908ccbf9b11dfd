import { refuse } from '../../domain/errors.ts';
import { enumerate } from '../../domain/files/quants.ts';
import type { BranchPicker, Picker, UnsafeFiles } from '../../domain/repo/add-choices.ts';

/**
 * What a person would be asked here, an inference server is told as a failure: what it would have to say the next time.
 * @throws AppError validation, always
 */
export const refuseQuestion = (question: Picker | BranchPicker | UnsafeFiles): never => {
  switch (question.kind) {
    case 'quants':
      return refuse(
        `There are several forms of it, and none is the usual one. Say which as quantize: ${enumerate(question.choices.map(({ label }) => label))}.`,
      );
    case 'branches':
      return refuse(
        `Nothing on its main branch can be loaded. Name another branch behind its name, as in model@${question.choices[0]?.label ?? 'branch'}.`,
      );
    case 'unsafe':
      return refuse(
        `${question.total === 1 ? 'A file of it' : `${question.total} files of it`} cannot be stored here, such as ${question.paths[0] ?? 'one of them'}.`,
      );
  }
};
