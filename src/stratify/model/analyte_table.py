"""The table of analytes, a row each: id | unit | plausible range in that unit | bridges | LOINC | further names.

A bridge is an equation between units of different dimensions: ``mg/dL = 88.4 umol/L`` says that a value of 1 mg/dL is
one of 88.4 umol/L; factors may be fractions. A line that starts with a space goes on with the one before.

Factors have the digits in which they are conventionally published, as in the table of SI conversion factors of the
AMA Manual of Style, so that a laboratory's own conversion is met (where it is written the other way round, as for
glucose and the lipids, it is the reciprocal in common use); those of other origin name it in angle brackets:

- ``definition``: a unit's definition, or the charge of an ion.
- ``molar mass``: worked out from the substance's molar mass.
- ``WHO n``: the mass or activity of the international standard n; assays calibrated otherwise differ.
- ``per haem``: a mole of haemoglobin is one of haem, as laboratories that report mmol/L count it.
- ``creatinine 88.4``: the factor of creatinine itself, so that ratios agree with what they are ratios of.
- ``NGSP``: Hoelzel et al., Clinical Chemistry 2004;50:166-174, the master equation NGSP = 0.09148 IFCC + 2.152. The way
  back is its exact inverse; the published 10.93 NGSP - 23.5 is the same line rounded, and would not return the value.
- ``of 105 kDa``: the mass of C-reactive protein in the AMA Manual; that of its five chains together is 115 kDa.
- ``convention``: laboratories write one for the other, as ``U`` and ``[IU]`` of an enzyme, a hormone or a marker.

What is deliberately not bridged: HBV and HCV copies against IU (the factor is the assay's), insulin against moles (6.00
and 6.945 pmol to the mIU are both in use: Knopp et al., J Diabetes Sci Technol 2019;13:597-600), D-dimer without FEU or
DDU, troponin or ferritin in moles of an undefined protein, percentages of leukocytes against absolute counts.

Plausible ranges are wide: a value outside is not one of a living patient, or not in that unit. They are chosen so that
the common mistake falls outside where the two ranges of values allow it (haemoglobin 90 g/dL, platelets 150000 10*9/L),
and they take in what instruments do report (neutrophils 0). They are the project's, not a standard's.
"""

from __future__ import annotations

ROWS = """
# Haematology
HGB | g/dL | 2..25 | g/dL = 0.6206 mmol/L <per haem> | 718-7 59260-0
 | Hb; haemoglobin; hemoglobin
HCT | % | 5..80 | L/L = 100 % <definition>; 1 = 100 % <definition> | 4544-3 20570-8
 | haematocrit; hematocrit; packed cell volume; PCV
RBC | 10*12/L | 0.3..12 | | 789-8 26453-1 | red blood cells; red blood cell count; erythrocytes; red cell count
MCV | fL | 40..170 | | 787-2 30428-7 | mean corpuscular volume; mean cell volume; ery. mean corpuscular volume
MCH | pg | 8..70 | pg = 0.06206 fmol <per haem> | 785-6 | mean corpuscular hemoglobin; mean corpuscular haemoglobin;
 ery. mean corpuscular hemoglobin
MCHC | g/dL | 15..50 | g/dL = 0.6206 mmol/L <per haem> | 786-4 | mean corpuscular hemoglobin concentration;
 mean corpuscular haemoglobin concentration; ery. mean corpuscular HGB concentration
WBC | 10*9/L | 0.01..800 | | 6690-2 26464-8 | white blood cells; white blood cell count; leukocytes; leucocytes; LEUK
ANC | 10*9/L | 0..300 | | 751-8 26499-4 | absolute neutrophil count; neutrophils; NEUT; neutrophil count
ALC | 10*9/L | 0..600 | | 731-0 26474-7 | absolute lymphocyte count; lymphocytes; LYM; LYMPH; lymphocyte count
MONO | 10*9/L | 0..150 | | 742-7 26484-6 | monocytes; absolute monocyte count; monocyte count
EOS | 10*9/L | 0..100 | | 711-2 26449-9 | eosinophils; absolute eosinophil count; AEC; eosinophil count
BASO | 10*9/L | 0..50 | | 704-7 26444-0 | basophils; absolute basophil count; basophil count
PLT | 10*9/L | 1..3000 | | 777-3 26515-7 | platelets; platelet; platelet count; thrombocytes; PLAT
RETIC | 10*9/L | 0..1000 | | 60474-4 14196-0 | reticulocytes; absolute reticulocyte count; reticulocyte count
RETIRBC | % | 0..60 | 1 = 100 % <definition> | 17849-1 4679-7 | reticulocytes/erythrocytes; reticulocyte percentage
BLASTBM | % | 0..100 | 1 = 100 % <definition> | | bone marrow blasts; marrow blasts
BLASTPB | % | 0..100 | 1 = 100 % <definition> | | peripheral blood blasts; circulating blasts
CD4 | /uL | 0..10000 | | 24467-3 | CD4 count; CD4+ T cells; CD4 cells; CD4 cell count
CD8 | /uL | 0..20000 | | 14135-8 | CD8 count; CD8+ T cells; CD8 cells; CD8 cell count

# Enzymes
ALT | U/L | 1..20000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 1742-6
 | SGPT; GPT; ALAT; alanine aminotransferase
AST | U/L | 1..30000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 1920-8
 | SGOT; GOT; ASAT; aspartate aminotransferase
ALP | U/L | 1..10000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 6768-6
 | alkaline phosphatase; ALKP; alk phos
GGT | U/L | 1..10000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 2324-2
 | gamma glutamyl transferase; gamma-GT;
 gamma-glutamyl transferase; gamma-glutamyltransferase; GGTP
LDH | U/L | 20..50000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 14804-9 2532-0
 | LD; lactate dehydrogenase
CK | U/L | 1..500000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 2157-6
 | CPK; creatine kinase; creatine phosphokinase
AMY | U/L | 1..30000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 1798-8 | amylase
LIPASE | U/L | 1..60000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> | 3040-3
 | LIPASET; triacylglycerol lipase
CHE | U/L | 50..30000 | [IU]/L = 1 U/L <convention>; ukat/L = 60 U/L <definition> |
 | cholinesterase; pseudocholinesterase; butyrylcholinesterase

# Liver, kidney, proteins
TBIL | umol/L | 1.5..1200 | mg/dL = 17.1 umol/L | 1975-2 14631-6 | bilirubin; total bilirubin; BILI; bilirubin total
DBIL | umol/L | 0..1000 | mg/dL = 17.1 umol/L | 1968-7 14629-0 | direct bilirubin; conjugated bilirubin; BILDIR
CREAT | umol/L | 10..3500 | mg/dL = 88.4 umol/L | 2160-0 14682-9 | creatinine; serum creatinine; CREA; SCR
BUN | mmol/L | 0.3..150 | mg/dL = 0.357 mmol/L | 3094-0 | blood urea nitrogen; urea nitrogen
UREA | mmol/L | 0.3..150 | mmol/L = 6.006 mg/dL <molar mass> | 22664-7 3091-6 | blood urea; serum urea
CYSTATINC | mg/L | 0.1..15 | | 33863-2 | cystatin C; CYSTATC; CYSC
CRCL | mL/min | 1..400 | | 2164-2 | creatinine clearance; CREATCLR; CRCL_CG; Cockcroft-Gault creatinine clearance
EGFR | mL/min/{1.73_m2} | 1..250 | | 98979-8 62238-1 48642-3 33914-3 | estimated glomerular filtration rate;
 estimated GFR; GFRE
UACR | mg/g | 0..50000 | mg/mmol = 8.84 mg/g <creatinine 88.4> | 9318-7 14959-1 | albumin/creatinine ratio; ACR;
 albumin-creatinine ratio; albumin-to-creatinine ratio; urine albumin/creatinine; ALBCREAT
UPCR | mg/g | 0..100000 | mg/mmol = 8.84 mg/g <creatinine 88.4> | 2890-2 | protein/creatinine ratio; PROTCRT;
 protein-creatinine ratio; protein-to-creatinine ratio; urine protein/creatinine
UPROT24 | mg/d | 0..100000 | | | 24-hour urine protein; 24 h urine protein; 24-hour proteinuria
ALB | g/L | 5..80 | | 1751-7 | albumin; serum albumin
PREALB | g/L | 0.01..1 | | | prealbumin; transthyretin
TPROT | g/L | 20..200 | | 2885-2 | total protein; protein total; protein; PROT; serum protein
AMMONIA | umol/L | 1..3000 | ug/dL = 0.587 umol/L  | | NH3
HAPTOGLOBIN | g/L | 0..20 | | 4542-7 | HAPTOG
CERULO | g/L | 0.005..3 | | | ceruloplasmin; caeruloplasmin; CERULPLS
URATE | umol/L | 10..2000 | mg/dL = 59.48 umol/L | 3084-1 14933-6 | uric acid; serum urate

# Electrolytes and blood gases
NA | mmol/L | 90..200 | meq/L = 1 mmol/L <definition> | 2951-2 | sodium; Na+
K | mmol/L | 1..12 | meq/L = 1 mmol/L <definition> | 2823-3 | potassium; K+
CL | mmol/L | 50..160 | meq/L = 1 mmol/L <definition> | 2075-0 | chloride; Cl-
BICARB | mmol/L | 2..70 | meq/L = 1 mmol/L <definition> | 1963-8 2028-9 | bicarbonate; HCO3; HCO3-; total CO2; TCO2
CA | mmol/L | 0.8..5 | mg/dL = 0.2495 mmol/L; meq/L = 0.5 mmol/L <definition> | 17861-6 2000-8 | calcium;
 total calcium; serum calcium
CACORR | mmol/L | 0.8..5 | mg/dL = 0.2495 mmol/L; meq/L = 0.5 mmol/L <definition> | | corrected calcium;
 albumin-corrected calcium; CACOR
CAION | mmol/L | 0.3..3 | mg/dL = 0.2495 mmol/L; meq/L = 0.5 mmol/L <definition> | 1995-0 | ionized calcium;
 ionised calcium; free calcium; iCa
MG | mmol/L | 0.2..8 | mg/dL = 0.4114 mmol/L; meq/L = 0.5 mmol/L <definition> | 19123-9 2601-3 | magnesium
PHOS | mmol/L | 0.1..8 | mg/dL = 0.3229 mmol/L | 2777-1 14879-1 | phosphate; phosphorus; inorganic phosphorus;
 inorganic phosphate
LACTATE | mmol/L | 0.1..40 | mg/dL = 0.111 mmol/L | 2524-7 32693-4 | lactic acid; LACTICAC
OSMOL | mosm/kg | 180..500 | mmol/kg = 1 mosm/kg <definition> | | osmolality; serum osmolality; OSMLTY
ARTPH | [pH] | 6.5..8 | 1 = 1 [pH] <definition> | 2744-1 | arterial pH; blood pH
PO2 | mm[Hg] | 10..700 | | 2703-7 | PaO2; arterial oxygen pressure
PCO2 | mm[Hg] | 5..200 | | 2019-8 | PaCO2; arterial carbon dioxide pressure

# Metabolism
GLUC | mmol/L | 0.5..65 | mmol/L = 18.02 mg/dL | 2345-7 14749-6 2339-0 | glucose; blood glucose; plasma glucose;
 blood sugar; serum glucose
FPG | mmol/L | 0.5..65 | mmol/L = 18.02 mg/dL | 1558-6 14771-0 | fasting glucose; fasting plasma glucose; FBG
HBA1C | % | 3..25 | mmol/mol = 0.09148 % + 2.152 <NGSP>; 1 = 100 % <definition> | 4548-4 59261-8 17856-6
 | A1C; hemoglobin A1c; haemoglobin A1c; glycated hemoglobin; glycated haemoglobin; glycosylated hemoglobin
INSULIN | m[IU]/L | 0.1..3000 | mU/L = 1 m[IU]/L <convention> | 20448-7 | serum insulin
CPEPTIDE | nmol/L | 0.01..20 | ng/mL = 0.331 nmol/L | 1986-9 | C-peptide; C peptide
CHOL | mmol/L | 0.5..40 | mmol/L = 38.67 mg/dL | 2093-3 14647-2 | cholesterol; total cholesterol; TC
LDL | mmol/L | 0.05..30 | mmol/L = 38.67 mg/dL | 2089-1 13457-7 18262-6 | LDL-C; LDL cholesterol; LDLC
HDL | mmol/L | 0.05..8 | mmol/L = 38.67 mg/dL | 2085-9 14646-4 | HDL-C; HDL cholesterol; HDLC
NONHDL | mmol/L | 0.1..40 | mmol/L = 38.67 mg/dL | 43396-1 | non-HDL cholesterol; non-HDL-C
TRIG | mmol/L | 0.1..75 | mmol/L = 88.57 mg/dL | 2571-8 14927-8 | triglycerides; triglyceride; TG; triacylglycerol
APOB | g/L | 0.05..5 | | 1884-6 | apolipoprotein B
HOMOCY | umol/L | 1..500 | mg/L = 7.397 umol/L | | homocysteine; HCYS
FERRITIN | ug/L | 1..200000 | | 2276-4 | FERRITN; serum ferritin
IRON | umol/L | 0.5..90 | ug/dL = 0.179 umol/L | 2498-4 14798-3 | serum iron; Fe
TIBC | umol/L | 10..150 | ug/dL = 0.179 umol/L | 2500-7 14800-7 | total iron binding capacity;
 total iron-binding capacity; IRONBIND
TSAT | % | 0..110 | 1 = 100 % <definition> | 2502-3 | transferrin saturation; iron saturation
TRANSFERRIN | g/L | 0.1..10 | | 3034-6 | TRANSF
VITD | nmol/L | 3..1500 | ng/mL = 2.496 nmol/L | 1989-3 62292-8 14635-7 | vitamin D; 25-hydroxyvitamin D;
 25-OH vitamin D; 25(OH)D; 25-hydroxy vitamin D
B12 | pmol/L | 10..30000 | pg/mL = 0.7378 pmol/L | 2132-9 14685-2 | vitamin B12; VITB12; cobalamin
FOLATE | nmol/L | 0.5..200 | ng/mL = 2.266 nmol/L | 2284-8 14732-2 | folic acid; serum folate; VITB9

# Hormones
TSH | m[IU]/L | 0..1000 | mU/L = 1 m[IU]/L <convention> | 3016-3 | thyrotropin; thyroid stimulating hormone;
 thyroid-stimulating hormone
FT4 | pmol/L | 1..150 | ng/dL = 12.871 pmol/L | 3024-7 14920-3 | free T4; free thyroxine; T4FR; thyroxine, free
FT3 | pmol/L | 0.3..100 | pg/mL = 1.54 pmol/L | 3051-0 14928-6 | free T3; free triiodothyronine; T3FR
CORTISOL | nmol/L | 5..10000 | ug/dL = 27.588 nmol/L | 2143-6 14675-3 | serum cortisol; CORT
ACTH | pmol/L | 0.1..2000 | pg/mL = 0.22 pmol/L | 2141-0 | corticotropin; adrenocorticotropic hormone
TESTO | nmol/L | 0.01..150 | ng/dL = 0.0347 nmol/L | 2986-8 14913-8 | testosterone; total testosterone; TESTOS
ESTRADIOL | pmol/L | 1..200000 | pg/mL = 3.671 pmol/L | 2243-4 14715-7 | oestradiol; E2; ESTRDIOL
PROGEST | nmol/L | 0.05..3000 | ng/mL = 3.18 nmol/L | 2839-9 | progesterone; PROGSTRN
FSH | [IU]/L | 0..500 | U/L = 1 [IU]/L <convention> | 15067-2 | follitropin; follicle stimulating hormone;
 follicle-stimulating hormone
LH | [IU]/L | 0..500 | U/L = 1 [IU]/L <convention> | 10501-5 | lutropin; luteinizing hormone; luteinising hormone
PRL | ug/L | 0.1..100000 | ug/L = 21.2 m[IU]/L <WHO 84/500> | 2842-3 | prolactin; PROLCTN
HCG | [IU]/L | 0..5000000 | U/L = 1 [IU]/L <convention> | 21198-7 | beta hCG; beta-hCG; bHCG; β-hCG;
 chorionic gonadotropin; human chorionic gonadotropin; choriogonadotropin beta
PTH | ng/L | 1..10000 | pmol/L = 9.43 ng/L <molar mass> | 2731-8 | parathyroid hormone; intact PTH; parathyrin; iPTH
IGF1 | nmol/L | 0.5..300 | ng/mL = 0.131 nmol/L | 2484-4 | IGF-1; insulin-like growth factor 1; somatomedin C

# Tumour markers
PSA | ug/L | 0..50000 | | 2857-1 | prostate specific antigen; prostate-specific antigen; total PSA
CEA | ug/L | 0..200000 | | 2039-6 | carcinoembryonic antigen
CA125 | U/mL | 0..500000 | [IU]/mL = 1 U/mL <convention>; [arb'U]/mL = 1 U/mL <convention> | 10334-1 | CA-125; CA 125;
 cancer antigen 125; CA125AG
CA199 | U/mL | 0..5000000 | [IU]/mL = 1 U/mL <convention>; [arb'U]/mL = 1 U/mL <convention> | 24108-3 | CA 19-9; CA19-9;
 cancer antigen 19-9; CA19_9AG
CA153 | U/mL | 0..100000 | [IU]/mL = 1 U/mL <convention>; [arb'U]/mL = 1 U/mL <convention> | 6875-9 | CA 15-3; CA15-3;
 cancer antigen 15-3; CA15_3AG
AFP | ug/L | 0..5000000 | [IU]/mL = 1.21 ug/L <WHO 72/225> | 1834-1 | alpha fetoprotein; alpha-fetoprotein; AFETOP;
 alpha-1-fetoprotein
B2M | mg/L | 0.2..200 | | 1952-1 | beta-2 microglobulin; beta 2 microglobulin; beta-2-microglobulin; B2MICG
KAPPAFLC | mg/L | 0.1..200000 | | 36916-5 | kappa free light chains; free kappa; kappa FLC; KLCF;
 kappa light chains, free
LAMBDAFLC | mg/L | 0.1..200000 | | 33944-0 | lambda free light chains; free lambda; lambda FLC; LLCF;
 lambda light chains, free
FLCRATIO | 1 | 0.00001..100000 | | 48378-4 | free light chain ratio; kappa/lambda ratio; FLC ratio; KLCFLLCF
MPROT | g/L | 0..200 | | 33358-3 | M-protein; M protein; monoclonal protein; M-spike; paraprotein; serum M-protein
UMPROT | mg/d | 0..100000 | | | urine M-protein; urine M protein; 24-hour urine M-protein

# Heart, clotting, inflammation, immunity, infection
TROPI | ng/L | 0..5000000 | | 10839-9 89579-7 | troponin I; cTnI; hs-cTnI; cardiac troponin I; TROPONI
TROPT | ng/L | 0..200000 | | 6598-7 67151-1 | troponin T; cTnT; hs-cTnT; cardiac troponin T; TROPONT
BNP | ng/L | 0..50000 | pmol/L = 3.46 ng/L <molar mass> | 30934-4 |
 brain natriuretic peptide; B-type natriuretic peptide
NTPROBNP | ng/L | 0..500000 | pmol/L = 8.457 ng/L <molar mass> | 33762-6 | NT-proBNP; NT proBNP; BNPPRONT;
 N-terminal pro-B-type natriuretic peptide; N-terminal proBNP
INR | 1 | 0.5..25 | | 6301-6 | international normalized ratio; international normalised ratio; prothrombin INR; PT-INR
PT | s | 5..200 | | 5902-2 | prothrombin time
APTT | s | 10..300 | | 3173-2 14979-9 | PTT; activated partial thromboplastin time; partial thromboplastin time
FIBRINO | g/L | 0.1..20 | g/L = 2.94 umol/L | 3255-7 | fibrinogen
DDIMER | mg/L{FEU} | 0..500 | mg/L{DDU} = 2 mg/L{FEU} <convention> | 48065-7 48066-5 | D-dimer; D dimer; fibrin D-dimer
ANTITHROM | % | 5..250 | 1 = 100 % <definition> | | antithrombin; antithrombin III; antithrombin activity
CRP | mg/L | 0..1000 | mg/L = 9.524 nmol/L <of 105 kDa> | 1988-5 30522-7 |
 C-reactive protein; C reactive protein; hs-CRP; hsCRP
ESR | mm/h | 0..200 | | 30341-2 4537-7 | erythrocyte sedimentation rate; sedimentation rate; sed rate
PCT | ug/L | 0..1000 | | 33959-8 | procalcitonin; PCTN
IL6 | ng/L | 0..1000000 | | 26881-3 | IL-6; interleukin 6; interleukin-6
IGG | g/L | 0.1..200 | | 2465-3 | immunoglobulin G
IGA | g/L | 0..150 | | 2458-8 | immunoglobulin A
IGM | g/L | 0..150 | | 2472-9 | immunoglobulin M
IGE | k[IU]/L | 0..200000 | kU/L = 1 k[IU]/L <convention> | 19113-0 | immunoglobulin E; total IgE
C3 | g/L | 0.05..5 | | 4485-9 | complement C3
C4 | g/L | 0.01..3 | | 4498-2 | complement C4
HIVRNA | {copies}/mL | 0..1000000000 | | 20447-9 25836-8 | HIV RNA; HIV-1 RNA; HIV viral load; HIV-1 viral load; HIVVLD
HBVDNA | [IU]/mL | 0..1000000000000 | U/mL = 1 [IU]/mL <convention> | 42595-9 | HBV DNA; hepatitis B DNA; HBV viral load
HCVRNA | [IU]/mL | 0..10000000000 | U/mL = 1 [IU]/mL <convention> | 11011-4 | HCV RNA; hepatitis C RNA; HCV viral load
CMVDNA | [IU]/mL | 0..10000000000 | U/mL = 1 [IU]/mL <convention> | | CMV DNA; cytomegalovirus DNA; CMV viral load

# Vital signs, body, heart and lung
WEIGHT | kg | 0.3..400 | | 29463-7 | body weight; body mass
HEIGHT | cm | 20..260 | | 8302-2 | body height; stature
BMI | kg/m2 | 8..120 | | 39156-5 | body mass index
BSA | m2 | 0.1..4 | | 3140-1 | body surface area
WAIST | cm | 20..300 | | 8280-0 | waist circumference; WSTCIR
SYSBP | mm[Hg] | 40..300 | | 8480-6 | systolic blood pressure; SBP; systolic
DIABP | mm[Hg] | 10..200 | | 8462-4 | diastolic blood pressure; DBP; diastolic
PULSE | /min | 15..350 | | | pulse rate
HR | /min | 15..350 | | 8867-4 | heart rate; EGHRMN; ventricular rate
TEMP | Cel | 25..45 | [degF] = 5/9 Cel - 160/9 <definition> | 8310-5 | temperature; body temperature
RESP | /min | 3..100 | | 9279-1 | respiratory rate; respiration rate; breathing rate
SPO2 | % | 30..100 | 1 = 100 % <definition> | 2708-6 59408-5 | oxygen saturation; pulse oximetry; OXYSAT
QT | ms | 150..900 | | 8634-8 | QT interval; QTAG
QTCF | ms | 150..900 | | | QTc Fridericia; QTcF interval; Fridericia QTc; QTCFAG
QTCB | ms | 150..900 | | | QTc Bazett; QTcB interval; Bazett QTc; QTCBAG
RR | ms | 150..4000 | | | RR interval; RRAG
PRINT | ms | 40..800 | | 8625-6 | PR interval; PRAG
QRS | ms | 30..400 | | 8633-0 | QRS duration; QRSDUR; QRSAG
LVEF | % | 3..95 | 1 = 100 % <definition> | 10230-1 | left ventricular ejection fraction; ejection fraction; EF
FEV1 | L | 0.1..10 | | 20150-9 | forced expiratory volume in 1 second; forced expiratory volume in one second
FEV1PP | % | 3..200 | 1 = 100 % <definition> | | FEV1 % predicted; FEV1 percent predicted; percent predicted FEV1
FVC | L | 0.1..12 | | 19868-9 | forced vital capacity
DLCOPP | % | 3..250 | 1 = 100 % <definition> | | DLCO % predicted; DLCO percent predicted; percent predicted DLCO

# Scores: points, read where the unit is 1
ECOG | 1 | 0..5 | | 89247-1 | ECOG PS; ECOG performance status; WHO performance status; Zubrod score
KPS | 1 | 0..100 | % = 1 1 <convention> | 89243-0 | Karnofsky; Karnofsky performance status; Karnofsky score
CHILDPUGH | 1 | 5..15 | | | Child-Pugh; Child-Pugh score
MELD | 1 | 6..60 | | | MELD score
GCS | 1 | 3..15 | | 9269-2 | Glasgow coma scale; Glasgow coma score
MMSE | 1 | 0..30 | | 72106-8 | mini-mental state examination; mini mental state examination
EDSS | 1 | 0..10 | | | expanded disability status scale

# Biomarkers
TMB | {mutations}/Mb | 0..2000 | | 94076-7 | tumor mutational burden; tumour mutational burden; tumor mutation burden;
 tumour mutation burden
PDL1_TPS | % | 0..100 | | | PD-L1 TPS; TPS; tumor proportion score; tumour proportion score
PDL1_CPS | 1 | 0..100 | | | PD-L1 CPS; CPS; combined positive score
PDL1_IC | % | 0..100 | | | PD-L1 IC; immune cell score
KI67 | % | 0..100 | 1 = 100 % <definition> | | Ki-67; Ki-67 index; MIB-1
ER_PCT | % | 0..100 | | | ER percent; oestrogen receptor percent; estrogen receptor percent
PGR_PCT | % | 0..100 | | | PgR percent; progesterone receptor percent
MSI_SCORE | % | 0..100 | | | MSIsensor score; MSI percent; unstable microsatellite loci
HRD | 1 | 0..120 | | | HRD score; genomic instability score; homologous recombination deficiency score
"""
