# What R says of the demo: Rscript gbsg2.R gbsg2.csv > gbsg2_r.csv   (R 4.2.2, survival 3.5-3)
# Rows: analysis, group, versus, stratum, time, of, statistic, value. `of` tells limits of one estimate from another's.
library(survival)
options(digits = 15)
d <- read.csv(commandArgs(TRUE)[1])
d <- d[d$age >= 18 & d$age <= 65 & d$pnodes >= 1, ]
d$hormone <- as.integer(d$horTh == "yes")
d$HR_POS <- ifelse(d$estrec >= 20 | d$progrec >= 20, "yes", "no")
arms <- c(no = "control", yes = "hormone")
cat("analysis,group,versus,stratum,time,of,statistic,value\n")
say <- function(analysis, group, versus, stratum, time, of, statistic, value)
  cat(paste(analysis, group, versus, stratum, time, of, statistic, ifelse(is.na(value), "", format(value, digits = 15)), sep = ","), "\n", sep = "")

f <- survfit(Surv(time, cens) ~ horTh, d)
r <- survfit(Surv(time, 1 - cens) ~ horTh, d)
for (a in names(arms)) {
  one <- survfit(Surv(time, cens) ~ 1, d[d$horTh == a, ])
  q <- quantile(one, 0.5)
  say("rfs", arms[a], "", "", "", "median", "median", q$quantile)
  say("rfs", arms[a], "", "", "", "median", "ci_lower", q$lower)
  say("rfs", arms[a], "", "", "", "median", "ci_upper", q$upper)
  q <- quantile(survfit(Surv(time, 1 - cens) ~ 1, d[d$horTh == a, ]), 0.5)
  say("rfs", arms[a], "", "", "", "follow-up", "median_follow_up", q$quantile)
  s <- summary(one, times = c(365, 1095, 1825))
  for (i in 1:3) {
    say("rfs", arms[a], "", "", s$time[i], "survival", "survival", s$surv[i])
    say("rfs", arms[a], "", "", s$time[i], "survival", "standard_error", s$std.err[i])
    say("rfs", arms[a], "", "", s$time[i], "survival", "ci_lower", s$lower[i])
    say("rfs", arms[a], "", "", s$time[i], "survival", "ci_upper", s$upper[i])
    say("rfs", arms[a], "", "", s$time[i], "", "at_risk", s$n.risk[i])
  }
  # Restricted mean: area under the curve, Greenwood plug-in variance, as survfit prints them.
  m <- summary(one, rmean = 1825)$table
  say("rfs", arms[a], "", "", 1825, "rmst", "rmst", m["rmean"])
}
hr <- function(analysis, stratum, of, f) {
  s <- summary(f)
  i <- which(rownames(s$coefficients) == "hormone")
  say(analysis, "hormone", "control", stratum, "", of, "hazard_ratio", s$conf.int[i, 1])
  say(analysis, "hormone", "control", stratum, "", of, "ci_lower", s$conf.int[i, 3])
  say(analysis, "hormone", "control", stratum, "", of, "ci_upper", s$conf.int[i, 4])
  say(analysis, "hormone", "control", stratum, "", of, "standard_error", s$coefficients[i, 3])
  say(analysis, "hormone", "control", stratum, "", of, "p_value", s$coefficients[i, 5])
}
hr("rfs", "", "unstratified", coxph(Surv(time, cens) ~ hormone, d))
hr("rfs", "", "stratified", coxph(Surv(time, cens) ~ hormone + strata(menostat), d))
lr <- function(of, s) {
  say("rfs", "", "", "", "", of, "chi_square", s$chisq)
  say("rfs", "", "", "", "", of, "p_value", pchisq(s$chisq, 1, lower.tail = FALSE))
}
lr("log-rank", survdiff(Surv(time, cens) ~ horTh, d))
lr("stratified log-rank", survdiff(Surv(time, cens) ~ horTh + strata(menostat), d))
for (l in c("no", "yes")) hr("predictive", paste0("HR_POS=", l), "within", coxph(Surv(time, cens) ~ hormone, d[d$HR_POS == l, ]))
test <- function(analysis, factor, stratum) {
  a <- coxph(as.formula(paste("Surv(time, cens) ~ hormone +", factor)), d)
  b <- coxph(as.formula(paste("Surv(time, cens) ~ hormone *", factor)), d)
  x <- 2 * (b$loglik[2] - a$loglik[2])
  df <- length(coef(b)) - length(coef(a))
  say(analysis, "hormone", "control", stratum, "", "interaction", "chi_square", x)
  say(analysis, "hormone", "control", stratum, "", "interaction", "df", df)
  say(analysis, "hormone", "control", stratum, "", "interaction", "p_value", pchisq(x, df, lower.tail = FALSE))
}
test("predictive", "HR_POS", "HR_POS")
for (v in c("menostat", "tgrade", "HR_POS")) {
  for (l in sort(unique(d[[v]]))) hr("subgroups", paste0(v, "=", l), "within", coxph(Surv(time, cens) ~ hormone, d[d[[v]] == l, ]))
  test("subgroups", v, v)
}
x <- fisher.test(table(d$HR_POS, d$hormone))
say("receptors", "hormone", "control", "HR_POS=yes", "", "fisher", "p_value", x$p.value)
say("receptors", "hormone", "control", "HR_POS=yes", "", "fisher", "odds_ratio", x$estimate)
y <- fisher.test(table(d$tgrade, d$hormone))
say("receptors", "hormone", "control", "tgrade", "", "fisher", "p_value", y$p.value)
p <- p.adjust(c(x$p.value, y$p.value), "BH")
say("receptors", "hormone", "control", "HR_POS=yes", "", "fisher", "p_adjusted", p[1])
say("receptors", "hormone", "control", "tgrade", "", "fisher", "p_adjusted", p[2])
for (v in c("age", "tsize", "pnodes", "progrec", "estrec")) for (a in names(arms)) {
  z <- d[d$horTh == a, v]
  for (s in list(list("mean", mean(z)), list("sd", sd(z)), list("median", median(z)), list("q1", quantile(z, .25)), list("q3", quantile(z, .75))))
    say("baseline", arms[a], "", v, "", "", s[[1]], unname(s[[2]]))
}
