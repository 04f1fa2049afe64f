# Times R's survival on one data set: an n x 7 matrix of doubles in a file (time, event, five covariates, row by row).
# Prints name, median seconds and numbers, one contender a line. Arguments: file, runs.
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
runs <- as.integer(arguments[2])
size <- file.info(arguments[1])$size / 8
d <- as.data.frame(matrix(readBin(arguments[1], "double", size), ncol = 7, byrow = TRUE))
clock <- function(run) {
  run()  # to warm up
  median(sapply(seq_len(runs), function(i) { gc(FALSE); system.time(run())[["elapsed"]] }))
}
say <- function(name, seconds, numbers) cat(name, seconds, format(numbers, digits = 17), "\n")
fit <- function() coxph(Surv(V1, V2) ~ V3 + V4 + V5 + V6 + V7, d)
test <- function() survdiff(Surv(V1, V2) ~ V3, d)
curve <- function() survfit(Surv(V1, V2) ~ 1, d)
say("cox", clock(fit), coef(fit()))
say("logrank", clock(test), test()$chisq)
km <- curve()
say("kaplan-meier", clock(curve), c(length(km$surv), sum(km$surv), sum(km$std.err[is.finite(km$std.err)])))
