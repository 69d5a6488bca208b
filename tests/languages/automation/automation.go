// Package automation runs Pulumi programs in Go by Pulumi's Automation API, which needs no language host.
package automation

import (
	"context"
	"log"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Up brings up the stack of the working directory that the arguments name, project and stack, expects that nothing is left to
// change, and exits.
func Up(program pulumi.RunFunc) {
	ctx := context.Background()
	stack, err := auto.SelectStackInlineSource(ctx, os.Args[2], os.Args[1], program, auto.WorkDir("."))
	check(err)
	_, err = stack.Up(ctx, optup.ProgressStreams(os.Stdout), optup.ErrorProgressStreams(os.Stderr))
	check(err)
	_, err = stack.Preview(ctx, optpreview.ExpectNoChanges(), optpreview.ProgressStreams(os.Stdout))
	check(err)
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
