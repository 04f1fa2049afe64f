"""The publications that the methods paragraph names, by a short name."""

from __future__ import annotations

from enum import Enum


class Reference(Enum):
    """A publication; the value is its full citation."""

    KAPLAN_MEIER = (
        "Kaplan EL, Meier P (1958). Nonparametric estimation from incomplete observations. "
        "Journal of the American Statistical Association 53:457-481."
    )
    GREENWOOD = (
        "Greenwood M (1926). The natural duration of cancer. "
        "Reports on Public Health and Medical Subjects 33:1-26. London: HMSO."
    )
    BROOKMEYER_CROWLEY = (
        "Brookmeyer R, Crowley J (1982). A confidence interval for the median survival time. Biometrics 38:29-41."
    )
    SCHEMPER_SMITH = (
        "Schemper M, Smith TL (1996). A note on quantifying follow-up in studies of failure time. "
        "Controlled Clinical Trials 17:343-346."
    )
    MANTEL = (
        "Mantel N (1966). Evaluation of survival data and two new rank order statistics arising in its consideration. "
        "Cancer Chemotherapy Reports 50:163-170."
    )
    COX = "Cox DR (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34:187-220."
    EFRON = (
        "Efron B (1977). The efficiency of Cox's likelihood function for censored data. "
        "Journal of the American Statistical Association 72:557-565."
    )
    BRESLOW = "Breslow N (1974). Covariance analysis of censored survival data. Biometrics 30:89-99."
    KALBFLEISCH_PRENTICE = (
        "Kalbfleisch JD, Prentice RL (1973). Marginal likelihoods based on Cox's regression and life model. "
        "Biometrika 60:267-278."
    )
    LIN_WEI = (
        "Lin DY, Wei LJ (1989). The robust inference for the Cox proportional hazards model. "
        "Journal of the American Statistical Association 84:1074-1078."
    )
    HEINZE_SCHEMPER = (
        "Heinze G, Schemper M (2001). A solution to the problem of monotone likelihood in Cox regression. "
        "Biometrics 57:114-119."
    )
    HARRELL = (
        "Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982). Evaluating the yield of medical tests. "
        "JAMA 247:2543-2546."
    )
    GRAMBSCH_THERNEAU = (
        "Grambsch PM, Therneau TM (1994). Proportional hazards tests and diagnostics based on weighted residuals. "
        "Biometrika 81:515-526."
    )
    AALEN_JOHANSEN = (
        "Aalen OO, Johansen S (1978). An empirical transition matrix for non-homogeneous Markov chains based on "
        "censored observations. Scandinavian Journal of Statistics 5:141-150."
    )
    GRAY = (
        "Gray RJ (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk. "
        "Annals of Statistics 16:1141-1154."
    )
    FINE_GRAY = (
        "Fine JP, Gray RJ (1999). A proportional hazards model for the subdistribution of a competing risk. "
        "Journal of the American Statistical Association 94:496-509."
    )
    WEI_AFT = (
        "Wei LJ (1992). The accelerated failure time model: a useful alternative to the Cox regression model in "
        "survival analysis. Statistics in Medicine 11:1871-1879."
    )
    FLEMING_HARRINGTON = (
        "Fleming TR, Harrington DP (1981). A class of hypothesis tests for one and two sample censored survival data. "
        "Communications in Statistics - Theory and Methods 10:763-794."
    )
    GEHAN = (
        "Gehan EA (1965). A generalized Wilcoxon test for comparing arbitrarily singly-censored samples. "
        "Biometrika 52:203-223."
    )
    PETO = (
        "Peto R, Peto J (1972). Asymptotically efficient rank invariant test procedures. "
        "Journal of the Royal Statistical Society A 135:185-207."
    )
    TARONE_WARE = (
        "Tarone RE, Ware J (1977). On distribution-free tests for equality of survival distributions. "
        "Biometrika 64:156-160."
    )
    MAXCOMBO = (
        "Karrison TG (2016). Versatile tests for comparing survival curves based on weighted log-rank statistics. "
        "Stata Journal 16:678-690."
    )
    ROYSTON_PARMAR = (
        "Royston P, Parmar MKB (2013). Restricted mean survival time: an alternative to the hazard ratio for the "
        "design and analysis of randomized trials with a time-to-event outcome. "
        "BMC Medical Research Methodology 13:152."
    )
    UNO = (
        "Uno H, Claggett B, Tian L, et al. (2014). Moving beyond the hazard ratio in quantifying the between-group "
        "difference in survival analysis. Journal of Clinical Oncology 32:2380-2385."
    )
    TIAN = (
        "Tian L, Zhao L, Wei LJ (2014). Predicting the restricted mean event time with the subject's baseline "
        "covariates in survival analysis. Biostatistics 15:222-233."
    )
    WANG = (
        "Wang R, Lagakos SW, Ware JH, Hunter DJ, Drazen JM (2007). Statistics in medicine: reporting of subgroup "
        "analyses in clinical trials. New England Journal of Medicine 357:2189-2194."
    )
    AUSTIN = (
        "Austin PC (2009). Balance diagnostics for comparing the distribution of baseline covariates between "
        "treatment groups in propensity-score matched samples. Statistics in Medicine 28:3083-3107."
    )
    YANG_DALTON = (
        "Yang D, Dalton JE (2012). A unified approach to measuring the effect size between two groups using SAS. "
        "SAS Global Forum 2012, paper 335."
    )
    HYNDMAN_FAN = (
        "Hyndman RJ, Fan Y (1996). Sample quantiles in statistical packages. The American Statistician 50:361-365."
    )
    FISHER = "Fisher RA (1935). The logic of inductive inference. Journal of the Royal Statistical Society 98:39-82."
    FREEMAN_HALTON = (
        "Freeman GH, Halton JH (1951). Note on an exact treatment of contingency, goodness of fit and other problems "
        "of significance. Biometrika 38:141-149."
    )
    PEARSON = (
        "Pearson K (1900). On the criterion that a given system of deviations from the probable in the case of a "
        "correlated system of variables is such that it can be reasonably supposed to have arisen from random "
        "sampling. Philosophical Magazine 50:157-175."
    )
    WILCOXON = "Wilcoxon F (1945). Individual comparisons by ranking methods. Biometrics Bulletin 1:80-83."
    KRUSKAL_WALLIS = (
        "Kruskal WH, Wallis WA (1952). Use of ranks in one-criterion variance analysis. "
        "Journal of the American Statistical Association 47:583-621."
    )
    BONFERRONI = (
        "Dunn OJ (1961). Multiple comparisons among means. Journal of the American Statistical Association 56:52-64."
    )
    HOLM = (
        "Holm S (1979). A simple sequentially rejective multiple test procedure. "
        "Scandinavian Journal of Statistics 6:65-70."
    )
    HOCHBERG = (
        "Hochberg Y (1988). A sharper Bonferroni procedure for multiple tests of significance. Biometrika 75:800-802."
    )
    HOMMEL = (
        "Hommel G (1988). A stagewise rejective multiple test procedure based on a modified Bonferroni test. "
        "Biometrika 75:383-386."
    )
    BENJAMINI_HOCHBERG = (
        "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate: a practical and powerful approach to "
        "multiple testing. Journal of the Royal Statistical Society B 57:289-300."
    )
    BENJAMINI_YEKUTIELI = (
        "Benjamini Y, Yekutieli D (2001). The control of the false discovery rate in multiple testing under "
        "dependency. Annals of Statistics 29:1165-1188."
    )


ADJUSTMENTS = {
    "bonferroni": ("Bonferroni's method", Reference.BONFERRONI),
    "holm": ("Holm's method", Reference.HOLM),
    "hochberg": ("Hochberg's method", Reference.HOCHBERG),
    "hommel": ("Hommel's method", Reference.HOMMEL),
    "bh": ("the false discovery rate method of Benjamini and Hochberg", Reference.BENJAMINI_HOCHBERG),
    "by": ("the false discovery rate method of Benjamini and Yekutieli", Reference.BENJAMINI_YEKUTIELI),
}
"""What a method of adjustment is called, and who published it."""
