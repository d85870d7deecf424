import { useEffect, useState } from 'react';

import { DataSource } from '../datasource';
import { Variable } from '../types';
import { Choice } from '../words';

interface Choices {
  choices: Array<Choice<string>>;
  error?: string;
}

/** useChoices asks the backend what may be chosen. A process that is a variable is asked for as the first one. */
export function useChoices(datasource: DataSource, variable: Variable, process = ''): Choices {
  const [state, setState] = useState<Choices>({ choices: [] });
  const asked = /[$[]/.test(process) ? '' : process;
  useEffect(() => {
    let current = true;
    datasource.choices(variable, asked).then(
      (choices) => current && setState({ choices }),
      (err: unknown) => current && setState({ choices: [], error: err instanceof Error ? err.message : String(err) })
    );
    return () => {
      current = false;
    };
  }, [datasource, variable, asked]);
  return state;
}
