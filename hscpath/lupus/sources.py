"""Where the clinical content comes from.

A citation as it stands here was read in the source itself. ``.second_hand`` was read in another
work that restates it; ``.recalled`` is known from memory and never decides anything hard.
"""

from typing import TYPE_CHECKING

from hscpath.citations import Citation

# Lupus nephritis and the kidney.

WEENING_2004 = Citation(
    "ISN/RPS 2003",
    "Weening JJ, D'Agati VD, Schwartz MM, et al. The classification of glomerulonephritis in systemic "
    "lupus erythematosus revisited. J Am Soc Nephrol 2004;15:241-250",
)
KDIGO_LN_2024 = Citation(
    "KDIGO 2024",
    "KDIGO 2024 clinical practice guideline for the management of lupus nephritis. Kidney Int 2024;105(1S):S1-S69",
)
KDIGO_GN_2012 = Citation(
    "KDIGO 2012",
    "KDIGO clinical practice guideline for glomerulonephritis 2012, lupus nephritis, in PMC4089588",
    where="Table 29",
)
KDIGO_NOMENCLATURE = Citation(
    "KDIGO nomenclature 2020",
    "Levey AS, et al. Nomenclature for kidney function and disease: report of a KDIGO consensus "
    "conference. Kidney Int 2020. PMC7745658",
)
EULAR_LN_2025 = Citation(
    "EULAR 2025",
    "Fanouriakis A, et al. EULAR recommendations for the management of lupus nephritis: 2025 update. Ann Rheum Dis "
    "2026;85:75-90. doi:10.1016/j.ard.2025.09.007, PMID 41107121",
)
EULAR_LN_2019 = Citation(
    "EULAR 2019",
    "EULAR/ERA-EDTA recommendations for the management of lupus nephritis, 2019 update: class V",
)
ACR_LN_2024 = Citation(
    "ACR 2024",
    "Sammaritano LR, et al. 2024 American College of Rheumatology guideline for lupus nephritis. Arthritis Rheumatol "
    "2025;77:1115-1135. doi:10.1002/art.43212 (as summarised by the ACR)",
)
REGENCY_2025 = Citation(
    "REGENCY", "Furie RA, et al. N Engl J Med 2025. doi:10.1056/NEJMoa2410965, PMID 39927615 (obinutuzumab)"
)
RELAPSE_AFTER_RESPONSE = Citation(
    "relapse after response",
    "PMC11258879 (kidney relapse after complete and after partial response)",
    where="Table 2",
)
KDIGO_CKD_2012 = Citation(
    "KDIGO CKD 2012",
    "KDIGO 2012 clinical practice guideline for the evaluation and management of chronic kidney disease. Kidney Int "
    "Suppl 2013;3:5-14. doi:10.1038/kisup.2012.77",
    where="category G5",
)
PODOCYTOPATHIES_2020 = Citation(
    "Nephrotic range",
    "Kopp JB, et al. Podocytopathies. Nat Rev Dis Primers 2020;6:68. doi:10.1038/s41572-020-0196-7",
    where="Table 1",
)
SLICC_2016 = Citation(
    "SLICC 2016",
    "Hanly JG, et al. A longitudinal analysis of outcomes of lupus nephritis in an international inception cohort "
    "using a multistate model approach. Ann Rheum Dis 2016. PMID 26991067, PMC5858760",
)

# The way to the transplant.

ALEXANDER_2025 = Citation(
    "EBMT 2025",
    "Alexander T, Roldan E, Del Papa N, et al. Autologous haematopoietic stem cell transplantation for "
    "rheumatic diseases: best practice recommendations from the EBMT Practice Harmonization and "
    "Guidelines Committee. Bone Marrow Transplant 2025. doi:10.1038/s41409-025-02695-y",
    where="Table 2",
)
SNOWDEN_2012 = Citation(
    "EBMT 2012",
    "Snowden JA, Saccardi R, Allez M, et al. Haematopoietic SCT in severe autoimmune diseases: updated guidelines "
    "of the EBMT. Bone Marrow Transplant 2012;47:770-790. doi:10.1038/bmt.2011.185",
)
LIST_TRIAL = Citation(
    "LIST", "NCT00230035 (LIST, a randomised trial of autologous stem cell transplantation in lupus: protocol)"
)
ASTIL_TRIAL = Citation(
    "ASTIL", "NCT05063513 (ASTIL, a randomised trial of autologous stem cell transplantation in lupus: eligibility)"
)
JINLING_TRIAL = Citation("Jinling", "NCT03828071 (autologous stem cell transplantation in lupus nephritis, Jinling)")
TRAYNOR_2000 = Citation(
    "Traynor 2000",
    "Traynor AE, Schroeder J, Rosa RM, et al. Treatment of severe systemic lupus erythematosus with "
    "high-dose chemotherapy and haemopoietic stem-cell transplantation. Lancet 2000;356:701-707. "
    "doi:10.1016/S0140-6736(00)02627-1",
)
BURT_2006 = Citation(
    "Burt 2006",
    "Burt RK, et al. Nonmyeloablative hematopoietic stem cell transplantation for systemic lupus erythematosus. "
    "JAMA 2006;295:527-535",
)
LISUKOV_2010 = Citation("Lisukov 2010", "Lisukov IA, et al. 2010 (15 patients with SLE, several regimens)")
PLERIXAFOR_LABEL = Citation("Plerixafor label", "Prescribing information of plerixafor (lymphoma and myeloma)")
BURT_1998 = Citation(
    "Burt 1998", "Burt RK, et al. 1998 (cyclophosphamide 120 mg/kg with total body irradiation 1200 cGy)"
)
BURT_SERIES = Citation(
    "Burt 2018",
    "Burt RK, et al. Five year follow-up after autologous stem cell transplantation for systemic lupus "
    "erythematosus. Bone Marrow Transplant 2018. doi:10.1038/s41409-018-0173-x",
)
BURT_PROTOCOLS = Citation("Burt protocols", "Burt RK, et al. Eligibility in protocols for lupus: ejection fraction")
GOKLEMEZ_2022 = Citation(
    "Goklemez 2022",
    "Goklemez S, et al. Rheumatology 2022;61:3317. doi:10.1093/rheumatology/keab877, PMID 34875023",
)
CONDITIONING_2000 = Citation(
    "Arthritis Res 2000",
    "Consensus on conditioning for autoimmune disease, Arthritis Research 2000",
    where="Table 3: cyclophosphamide on days -5 to -2",
)
CHILDREN_2003 = Citation(
    "two children, PMID 14748997",
    "PMID 14748997 (two children with lupus nephritis; infusion 48 hours after cyclophosphamide)",
)
IRRADIATION_TRIAL = Citation(
    "NCT00006055", "NCT00006055 (G-CSF, apheresis on its fifth day; conditioning from day -9; ATG on days +1 to +3)"
)
COLLECTION_2011 = Citation("Blood 2011", "Blood 2011;118:4530 (minimum and target dose of CD34+ cells collected)")
MARROW_DOSE = Citation(
    "Barrett and Treleaven",
    "Marrow collection and processing (chapter). doi:10.3109/9780203025079-40: 1 to 3 ×10⁸ nucleated cells/kg for an "
    "unmanipulated autologous graft",
)

# The transplant and after it.

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
OLDER_TEXTS = Citation("older texts", "Definitions of primary graft failure that count to day 28")
RECONSTITUTION = Citation("CD4 milestone", "CD4+ cells above 200/µL as the milestone at which prophylaxis is stopped")
SU_2013 = Citation(
    "Su 2013", "Su G, et al. Clin Rheumatol 2013;32:1727. doi:10.1007/s10067-013-2324-1 (remission at 3 to 6 months)"
)
JAYNE_2004 = Citation(
    "Jayne 2004",
    "Jayne D, Passweg J, Marmont A, et al. Autologous stem cell transplantation for systemic lupus "
    "erythematosus. Lupus 2004;13:168-176. PMID 15119545",
)
RELAPSE_AFTER_TRANSPLANT = Citation(
    "composite definition",
    "Relapse after transplant: a rise of SLEDAI, nephrotic syndrome, or proteinuria above 0.5 g/g, put together "
    "for this pathway from definitions in published series",
)
MORTALITY = Citation(
    "usage in transplantation",
    "Non-relapse mortality is death without relapse; treatment-related mortality is death caused by the procedure",
)
VACCINATION = Citation(
    "AGIHO/DGHO 2018",
    "Ann Oncol 2018;29:1354-1365. doi:10.1093/annonc/mdy117, PMC6005139: vaccination after autologous transplant",
    where="Table 3",
)

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [name for name, thing in globals().items() if isinstance(thing, Citation)]
