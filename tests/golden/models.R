# What R says of models of the demo's patients: Rscript models.R gbsg2.csv > models_r.csv   (R 4.2.2, survival 3.5-3)
# Rows: analysis, statistic, stratum (term), group (level), value, as the results name them.
library(survival)
d <- read.csv(commandArgs(TRUE)[1])
d <- d[d$age >= 18 & d$age <= 65 & d$pnodes >= 1, ]
d$arm <- factor(d$horTh, c("no", "yes"), c("control", "hormone"))
d$tgrade <- factor(d$tgrade, c("II", "I", "III"))
cat("analysis,statistic,stratum,group,value\n")
say <- function(analysis, statistic, stratum, group, value)
  cat(paste(analysis, statistic, stratum, group, format(value, digits = 15), sep = ","), "\n", sep = "")
terms <- list(armhormone = c("arm", "hormone"), age = c("age", ""), tgradeI = c("tgrade", "I"), tgradeIII = c("tgrade", "III"))

f <- coxph(Surv(time, cens) ~ arm + age + tgrade + strata(menostat), d)
s <- summary(f)
for (n in names(terms)) {
  t <- terms[[n]]
  say("cox", "hazard_ratio", t[1], t[2], s$conf.int[n, 1])
  say("cox", "ci_lower", t[1], t[2], s$conf.int[n, 3])
  say("cox", "ci_upper", t[1], t[2], s$conf.int[n, 4])
  say("cox", "standard_error", t[1], t[2], s$coefficients[n, 3])
  say("cox", "p_value", t[1], t[2], s$coefficients[n, 5])
}
say("cox", "concordance", "", "", s$concordance[1])
say("cox", "likelihood-ratio", "", "", s$logtest[1])
say("cox", "score", "", "", s$sctest[1])
b <- coef(f)[c("tgradeI", "tgradeIII")]
v <- vcov(f)[c("tgradeI", "tgradeIII"), c("tgradeI", "tgradeIII")]
say("cox", "Wald", "tgrade", "", drop(b %*% solve(v, b)))

z <- cox.zph(coxph(Surv(time, cens) ~ arm + age + tgrade, d), transform = "km")$table
for (t in c("arm", "age", "tgrade")) say("ph", "chi_square", t, "", z[t, 1])
say("ph", "chi_square", "", "", z["GLOBAL", 1])

w <- survreg(Surv(time, cens) ~ arm + age, d, dist = "weibull")
for (n in c("armhormone", "age")) {
  t <- terms[[n]]
  say("aft", "time_ratio", t[1], t[2], exp(coef(w)[n]))
  say("aft", "standard_error", t[1], t[2], sqrt(diag(vcov(w)))[n])
}
say("aft", "scale", "", "", w$scale)
say("aft", "log_likelihood", "", "", w$loglik[2])
say("aft", "aic", "", "", AIC(w))

m <- sapply(levels(d$arm), function(a) summary(survfit(Surv(time, cens) ~ 1, d[d$arm == a, ]), rmean = 1825)$table[c("rmean", "se(rmean)")])
for (a in levels(d$arm)) {
  say("rmst", "rmst", "", a, m[1, a])
  say("rmst", "rmtl", "", a, 1825 - m[1, a])
}
say("rmst", "rmst_difference", "", "hormone", m[1, "hormone"] - m[1, "control"])
say("rmst", "rmst_ratio", "", "hormone", m[1, "hormone"] / m[1, "control"])
say("rmst", "rmtl_ratio", "", "hormone", (1825 - m[1, "hormone"]) / (1825 - m[1, "control"]))

k <- survdiff(Surv(time, cens) ~ arm + strata(menostat), d)
g <- coxph(Surv(time, cens) ~ arm, d, ties = "breslow")
say("km", "hazard_ratio", "", "hormone", exp(coef(g)))
q <- quantile(survfit(Surv(time, cens) ~ 1, d[d$arm == "control", ], conf.type = "plain"), 0.5)
say("km", "median_lower", "", "control", q$lower)
say("km", "median_upper", "", "control", q$upper)
