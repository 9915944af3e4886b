/** The folder of evaluation data: `--data`, else HOLDPOINT_DATA. Ends the program where none is named. */
export function dataFolder(given: string | null): string {
  const folder = given ?? process.env["HOLDPOINT_DATA"] ?? "";
  if (folder !== "") return folder;
  process.stderr.write(
    "This benchmark reads evaluation data. Name its folder: --data DIR, or HOLDPOINT_DATA.\n",
  );
  process.exit(2);
}
