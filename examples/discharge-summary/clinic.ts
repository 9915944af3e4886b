// A clinic's records, made up. What a summary says has to stand in one of them.
export interface ClinicRecord {
  id: string;
  patient: string;
  admitted: string;
  discharged: string;
  reason: string;
  findings: string[];
  medication: { name: string; dose: string }[];
}

export function openClinic(): ReadonlyMap<string, ClinicRecord> {
  const records: ClinicRecord[] = [
    {
      id: "4417",
      patient: "Ines Okoro, born 1961-05-02",
      admitted: "2026-03-02",
      discharged: "2026-03-05",
      reason: "Community-acquired pneumonia of the right lower lobe",
      findings: ["Temperature 36.9 at discharge", "CRP fell from 184 to 22"],
      medication: [{ name: "Amoxicillin", dose: "1 g three times a day until 2026-03-09" }],
    },
  ];
  return new Map(records.map((record) => [record.id, record]));
}
