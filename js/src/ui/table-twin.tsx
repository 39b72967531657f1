/** The chart's numbers as a table, for screen readers: present, not seen. */
export function TableTwin(props: {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  return (
    // The wrapper clips: a table itself ignores width and overflow.
    <div class="iw-visually-hidden">
      <table>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((cells, index) => (
            <tr key={index}>
              {cells.map((cell, at) =>
                at === 0 ? (
                  <th key={props.columns[at]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={props.columns[at]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
