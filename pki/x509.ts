// @peculiar/x509 wants this polyfill loaded before it.
import "reflect-metadata";

export * from "@peculiar/x509";
