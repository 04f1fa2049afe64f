"""A value of a healthy adult for every analyte, in a unit in which it is commonly reported."""

from __future__ import annotations

TYPICAL = """
HGB 14 g/dL; HCT 42 %; RBC 4.8 10*12/L; MCV 90 fL; MCH 30 pg; MCHC 33 g/dL; WBC 6.5 10*9/L; ANC 4.0 10*9/L;
ALC 2.0 10*9/L; MONO 0.5 10*9/L; EOS 0.2 10*9/L; BASO 0.05 10*9/L; PLT 250 10*9/L; RETIC 60 10*9/L; RETIRBC 1.2 %;
BLASTBM 1 %; BLASTPB 0 %; CD4 900 /uL; CD8 500 /uL;
ALT 25 U/L; AST 25 U/L; ALP 70 U/L; GGT 30 U/L; LDH 170 U/L; CK 100 U/L; AMY 60 U/L; LIPASE 30 U/L; CHE 8000 U/L;
TBIL 0.6 mg/dL; DBIL 0.1 mg/dL; CREAT 0.9 mg/dL; BUN 14 mg/dL; UREA 30 mg/dL; CYSTATINC 0.8 mg/L; CRCL 100 mL/min;
EGFR 95 mL/min/1.73m2; UACR 10 mg/g; UPCR 80 mg/g; UPROT24 80 mg/d; ALB 4.2 g/dL; PREALB 25 mg/dL; TPROT 7.0 g/dL;
AMMONIA 30 umol/L; HAPTOGLOBIN 100 mg/dL; CERULO 30 mg/dL; URATE 5.0 mg/dL;
NA 140 mmol/L; K 4.2 mmol/L; CL 102 mmol/L; BICARB 24 mmol/L; CA 9.5 mg/dL; CACORR 9.5 mg/dL; CAION 1.2 mmol/L;
MG 2.0 mg/dL; PHOS 3.5 mg/dL; LACTATE 1.0 mmol/L; OSMOL 290 mosm/kg; ARTPH 7.4 1; PO2 95 mmHg; PCO2 40 mmHg;
GLUC 90 mg/dL; FPG 90 mg/dL; HBA1C 5.3 %; INSULIN 8 uIU/mL; CPEPTIDE 2 ng/mL; CHOL 180 mg/dL; LDL 100 mg/dL;
HDL 55 mg/dL; NONHDL 125 mg/dL; TRIG 100 mg/dL; APOB 90 mg/dL; HOMOCY 10 umol/L; FERRITIN 100 ng/mL; IRON 100 ug/dL;
TIBC 330 ug/dL; TSAT 30 %; TRANSFERRIN 280 mg/dL; VITD 30 ng/mL; B12 450 pg/mL; FOLATE 10 ng/mL;
TSH 1.8 uIU/mL; FT4 1.2 ng/dL; FT3 3.2 pg/mL; CORTISOL 12 ug/dL; ACTH 25 pg/mL; TESTO 500 ng/dL; ESTRADIOL 100 pg/mL;
PROGEST 10 ng/mL; FSH 6 IU/L; LH 6 IU/L; PRL 10 ng/mL; HCG 1 mIU/mL; PTH 40 pg/mL; IGF1 180 ng/mL;
PSA 1.0 ng/mL; CEA 1.5 ng/mL; CA125 15 U/mL; CA199 10 U/mL; CA153 15 U/mL; AFP 4 ng/mL; B2M 1.8 mg/L; KAPPAFLC 12 mg/L;
LAMBDAFLC 13 mg/L; FLCRATIO 0.9 1; MPROT 0 g/L; UMPROT 0 mg/d;
TROPI 5 ng/L; TROPT 6 ng/L; BNP 30 pg/mL; NTPROBNP 60 pg/mL; INR 1.0 1; PT 12 s; APTT 30 s; FIBRINO 300 mg/dL;
DDIMER 0.3 mg/L{FEU}; ANTITHROM 100 %; CRP 2 mg/L; ESR 10 mm/h; PCT 0.03 ng/mL; IL6 2 pg/mL; IGG 1100 mg/dL;
IGA 200 mg/dL; IGM 120 mg/dL; IGE 40 IU/mL; C3 120 mg/dL; C4 25 mg/dL;
HIVRNA 0 copies/mL; HBVDNA 0 IU/mL; HCVRNA 0 IU/mL; CMVDNA 0 IU/mL;
WEIGHT 70 kg; HEIGHT 170 cm; BMI 24 kg/m2; BSA 1.8 m2; WAIST 85 cm; SYSBP 120 mmHg; DIABP 75 mmHg; PULSE 70 /min;
HR 70 /min; TEMP 98.2 degF; RESP 14 /min; SPO2 98 %; QT 390 ms; QTCF 410 ms; QTCB 415 ms; RR 850 ms; PRINT 160 ms;
QRS 90 ms; LVEF 62 %; FEV1 3.5 L; FEV1PP 100 %; FVC 4.4 L; DLCOPP 95 %;
ECOG 0 1; KPS 100 1; CHILDPUGH 5 1; MELD 6 1; GCS 15 1; MMSE 29 1; EDSS 0 1;
TMB 2 mut/Mb; PDL1_TPS 0 %; PDL1_CPS 0 1; PDL1_IC 0 %; KI67 2 %; ER_PCT 0 %; PGR_PCT 0 %; MSI_SCORE 0.5 %; HRD 5 1
"""
