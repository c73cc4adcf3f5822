"""Where the clinical content comes from.

A citation as it stands here was read in the source itself. ``.second_hand`` was read in another
work that restates it; ``.recalled`` is known from memory and never decides anything hard.
"""

from hscpath.criteria import Citation

WEENING_2004 = Citation(
    "ISN/RPS 2003",
    "Weening JJ, D'Agati VD, Schwartz MM, et al. The classification of glomerulonephritis in systemic "
    "lupus erythematosus revisited. J Am Soc Nephrol 2004;15:241-250",
)
KDIGO_LN_2024 = Citation(
    "KDIGO 2024",
    "KDIGO 2024 clinical practice guideline for the management of lupus nephritis. Kidney Int 2024;105(1S):S1-S69",
)
KDIGO_NOMENCLATURE = Citation(
    "KDIGO nomenclature 2020",
    "Levey AS, et al. Nomenclature for kidney function and disease: report of a KDIGO consensus "
    "conference. Kidney Int 2020. PMC7745658",
)
EULAR_LN_2025 = Citation(
    "EULAR 2025",
    "EULAR recommendations for the management of lupus nephritis: 2025 update. "
    "doi:10.1016/j.ard.2025.09.007, PMID 41107121",
    where="first milestone at 3 months",
)
RELAPSE_AFTER_RESPONSE = Citation(
    "PMC11258879",
    "PMC11258879, Table 2 (kidney relapse after complete and after partial response)",
)

ALEXANDER_2025 = Citation(
    "EBMT 2025",
    "Alexander T, Roldan E, Del Papa N, et al. Autologous haematopoietic stem cell transplantation for "
    "rheumatic diseases: best practice recommendations from the EBMT Practice Harmonization and "
    "Guidelines Committee. Bone Marrow Transplant 2025. doi:10.1038/s41409-025-02695-y",
    where="Table 2",
)
ASTIL_TRIAL = Citation(
    "ASTIL", "NCT05063513 (ASTIL, a randomised trial of autologous stem cell transplantation in lupus: eligibility)"
)
TRAYNOR_2000 = Citation(
    "Traynor 2000",
    "Traynor AE, Schroeder J, Rosa RM, et al. Treatment of severe systemic lupus erythematosus with "
    "high-dose chemotherapy and haemopoietic stem-cell transplantation. Lancet 2000;356:701-707. "
    "doi:10.1016/S0140-6736(00)02627-1",
)
RELAPSE_AFTER_TRANSPLANT = Citation(
    "composite definition",
    "Relapse after transplant: a rise of SLEDAI, nephrotic syndrome, or proteinuria above 0.5 g/g, put together "
    "for this pathway from definitions in published series",
)
COLLECTION_2011 = Citation("Blood 2011", "Blood 2011;118:4530 (minimum and target dose of CD34+ cells collected)")
ENGRAFTMENT_CONSENSUS = Citation(
    "ASTCT consensus 2024",
    "PMC11161398 (definitions of engraftment and graft failure: ASTCT consensus, Kharfan-Dabaja; EBMT 2024)",
    where="Table 1",
)
ENGRAFTMENT_SERIES = Citation(
    "observed series",
    "Neutrophil recovery in published lupus series: days 7 to 9 (Huang 2019, n=22), 8 to 11 (Traynor 2000, "
    "n=7), mean 10 (Burt 1998, n=10), 7 and 9 (PMID 14748997, n=2); the band of day 6 to 21 is drawn around them",
)
JAYNE_2004 = Citation(
    "Jayne 2004",
    "Jayne D, Passweg J, Marmont A, et al. Autologous stem cell transplantation for systemic lupus "
    "erythematosus. Lupus 2004;13:168-176. PMID 15119545",
)
