# What R says of the diagnostics of Cox models: Rscript cox_diagnostics.R   (R 4.2.2, survival 3.5-3)
# Writes cox_diagnostics_data.csv (48 rows with ties, entry times, strata, weights, an offset, a factor, units of rows)
# and cox_diagnostics_r.csv: case, statistic, values separated by spaces (matrices column by column, NA where missing).
library(survival)
library(splines)
set.seed(20)
n <- 48
d <- data.frame(
  time = sample(3:12, n, TRUE), event = rbinom(n, 1, 0.7), entry = sample(0:2, n, TRUE),
  age = round(rnorm(n, 60, 9)), sex = rbinom(n, 1, 0.5), cell = sample(0:2, n, TRUE),
  stratum = sample(c(3, 7), n, TRUE), weight = sample(c(0.5, 1, 2.5), n, TRUE), offset = round(rnorm(n, 0, 0.3), 2),
  unit = rep(1:16, 3)
)
write.csv(d, "cox_diagnostics_data.csv", row.names = FALSE)
d$cell <- factor(d$cell)
lines <- "case,statistic,values"
say <- function(case, statistic, values) {
  values <- as.vector(values)
  text <- ifelse(is.na(values), "NA", formatC(values, digits = 15, width = 1))
  lines <<- c(lines, paste(case, statistic, paste(text, collapse = " "), sep = ","))
}
# The numbers that plot.cox.zph draws (this version draws and does not return them): natural spline, 4 df.
smooth <- function(z, i, points = 9) {
  at <- seq(min(z$x), max(z$x), length = points)
  basis <- ns(c(at, z$x), df = 4, intercept = TRUE)
  p <- basis[1:points, ]
  y <- z$y[, i]
  q <- qr(basis[-(1:points), ][!is.na(y), ])
  back <- backsolve(q$qr[1:4, 1:4], diag(4))
  cbind(at, p %*% qr.coef(q, y[!is.na(y)]), sqrt(z$var[i, i] * rowSums((p %*% back %*% t(back)) * p)))
}
diagnose <- function(case, f) {
  say(case, "coef", coef(f))
  for (type in c("martingale", "deviance", "score", "schoenfeld", "scaledsch", "dfbeta", "dfbetas"))
    say(case, type, resid(f, type))
  # Not the deviance: R leaves out N log N, so that a unit with two events may have the root of a negative number.
  for (type in c("martingale", "score", "dfbeta"))
    say(case, paste("collapsed", type), resid(f, type, collapse = d$unit))
  for (transform in c("km", "rank", "identity", "log")) {
    z <- cox.zph(f, transform = transform)
    say(case, paste("zph", transform), z$table)
    # Counting-process rows come with the ties in reverse: by time, then residual, nothing depends on it.
    o <- if (is.null(z$strata)) order(z$time, z$y[, 1]) else order(z$strata, z$time, z$y[, 1])
    say(case, paste("zph x", transform), z$x[o])
    say(case, paste("zph y", transform), z$y[o, ])
    for (i in 1:2) say(case, paste("zph smooth", i, transform), smooth(z, i))
  }
}
new <- data.frame(age = c(50, 70), sex = c(0, 1), cell = factor(c("0", "2")), stratum = c(3, 7), offset = c(0, 0.5))
types <- function(case) c("log", if (case == "efron") c("log-log", "plain", "logit", "arcsin"))
predict_curves <- function(case, f, new, stratified = FALSE) for (type in types(case)) {
  s <- survfit(f, newdata = new, conf.type = type)
  for (i in 1:2) {
    rows <- if (stratified) rep(1:2, s$strata) == i else TRUE
    pick <- function(what) if (stratified) s[[what]][rows] else s[[what]][, i]
    count <- function(what) if (stratified) s[[what]][rows] else s[[what]]
    if (type == "log") {
      for (what in c("time", "n.risk", "n.event", "n.censor")) say(case, paste("curve", i, what), count(what))
      for (what in c("surv", "cumhaz", "std.err")) say(case, paste("curve", i, what), pick(what))
      q <- quantile(s[i], c(0.25, 0.5))
      say(case, paste("curve", i, "quantile"), c(q$quantile, q$lower, q$upper))
    }
    limits <- function(what) if (stratified) s[[what]][rows] else matrix(s[[what]], ncol = 2)[, i]
    for (what in c("lower", "upper")) say(case, paste("curve", i, type, what), limits(what))
  }
}
f <- coxph(Surv(time, event) ~ age + sex + cell, d)
diagnose("efron", f); predict_curves("efron", f, new)
f <- coxph(Surv(time, event) ~ age + sex + cell, d, ties = "breslow")
diagnose("breslow", f); predict_curves("breslow", f, new)
f <- coxph(Surv(time, event) ~ age + sex + cell + strata(stratum), d, weights = weight, robust = FALSE)
diagnose("weights and strata", f); predict_curves("weights and strata", f, new, TRUE)
f <- coxph(Surv(entry, time, event) ~ age + sex + cell, d)
diagnose("entry", f); predict_curves("entry", f, new)
f <- coxph(Surv(entry, time, event) ~ age + sex + cell + offset(offset) + strata(stratum), d, weights = weight,
           robust = FALSE, ties = "breslow")
diagnose("all breslow", f); predict_curves("all breslow", f, new, TRUE)
f <- coxph(Surv(entry, time, event) ~ age + sex + cell + offset(offset) + strata(stratum), d, weights = weight,
           cluster = unit)
diagnose("all efron by unit", f); predict_curves("all efron by unit", f, new, TRUE)
# A covariate that does not vary within a stratum has no residuals there.
f <- coxph(Surv(time, event) ~ age + high + strata(stratum), transform(d, high = ifelse(stratum == 3, 0, sex)))
z <- cox.zph(f)
say("constant in a stratum", "zph km", z$table)
o <- order(z$strata, z$time, z$y[, 1])
say("constant in a stratum", "zph y km", z$y[o, ])
say("constant in a stratum", "zph smooth 2 km", smooth(z, 2))
writeLines(lines, "cox_diagnostics_r.csv")
